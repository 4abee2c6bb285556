import type { ApplicationHistory, StageHistory } from '../model/history/application.ts';
import type { ExplainFinding, SettingChange } from '../model/history/explanation.ts';
import {
  change,
  doubledMemory,
  isAdaptive,
  shufflePartitions,
  stageOf,
  wallMs,
} from './settings.ts';

/** A task is far longer than the others from so many times their median on, and from so many milliseconds on. */
const skewFactor = 3;
const leastSkewMs = 1_000;
/** Less is written to disk in passing. */
const leastSpillBytes = { disk: 16 * 2 ** 20, memory: 64 * 2 ** 20 } as const;
/** What a disk reads and writes in a millisecond while others use it, in bytes. */
const diskBytesPerMs = 100_000;
/** So much of its time a task that spills needn’t have taken, as a rule. */
const spillShare = 0.4;
/** Collecting garbage may take so much of the time. */
const usualGcShare = 0.1;

/** Whether a few tasks of a stage had far more to do than the others. */
export function isSkewed({ durations }: StageHistory): boolean {
  return (
    durations.count >= 3 &&
    durations.max >= skewFactor * Math.max(1, durations.median) &&
    durations.max - durations.median >= leastSkewMs
  );
}

/** Stages that waited for their longest task. */
export function findSkew(application: ApplicationHistory, until: number): ExplainFinding[] {
  return application.stages.filter(isSkewed).flatMap((stage): ExplainFinding[] => {
    const { durations, inputs, slots } = stage;
    // Had the work been spread evenly, it would have taken so long on all cores.
    const even = Math.max(durations.median, durations.sum / Math.max(1, slots));
    const lostMs = Math.min(wallMs(stage, until), durations.max) - even;
    if (lostMs < leastSkewMs) return [];
    return [
      {
        kind: 'skew',
        severity: 'warning',
        lostMs,
        stage: stageOf(stage),
        settings: skewSettings(stage, application),
        longestMs: durations.max,
        medianMs: durations.median,
        longestBytes: inputs.max,
        medianBytes: inputs.median,
        tasks: durations.count,
      },
    ];
  });
}

function skewSettings(stage: StageHistory, application: ApplicationHistory): SettingChange[] {
  const { inputs, shuffleReadBytes } = stage;
  if (!application.hasQueries)
    return [change(application, 'spark.default.parallelism', String(stage.tasks * 4))];
  if (!isAdaptive(application)) return [change(application, 'spark.sql.adaptive.enabled', 'true')];
  // Spark splits partitions of joins that are larger than this, and than five times the median.
  if (shuffleReadBytes > 0 && inputs.max < 256 * 2 ** 20) {
    const value = `${Math.max(1, Math.floor(inputs.max / 4 / 2 ** 20))}m`;
    return [
      change(application, 'spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes', value),
    ];
  }
  return [change(application, 'spark.sql.adaptive.skewJoin.skewedPartitionFactor', '2')];
}

/** Stages whose data did not fit in memory, as one finding: they have one cause. */
export function findSpill(application: ApplicationHistory): ExplainFinding[] {
  const stages = application.stages
    .filter(spills)
    .map((stage) => ({ stage, lostMs: spillMs(stage) }))
    .sort((a, b) => b.lostMs - a.lostMs);
  const [worst] = stages;
  if (worst === undefined) return [];
  const { stage } = worst;
  return [
    {
      kind: 'spill',
      severity: 'warning',
      lostMs: stages.reduce((sum, { lostMs }) => sum + lostMs, 0),
      stage: stageOf(stage),
      settings: spillSettings(stage, application),
      diskBytes: stages.reduce((sum, one) => sum + one.stage.diskSpilledBytes, 0),
      memoryBytes: stages.reduce((sum, one) => sum + one.stage.memorySpilledBytes, 0),
      stages: stages.length,
      tasks: stage.tasks,
    },
  ];
}

function spills({ diskSpilledBytes, memorySpilledBytes }: StageHistory): boolean {
  if (diskSpilledBytes === 0) return false;
  return diskSpilledBytes >= leastSpillBytes.disk || memorySpilledBytes >= leastSpillBytes.memory;
}

/** What spilling took, about: writing and reading again, and collecting the garbage of a memory that was full. */
function spillMs({ diskSpilledBytes, durations, gcMs, slots }: StageHistory): number {
  const disk = (2 * diskSpilledBytes) / diskBytesPerMs;
  const work = Math.max(disk, spillShare * durations.sum) + gcMs;
  return Math.min(durations.sum, work) / Math.max(1, slots);
}

function spillSettings(stage: StageHistory, application: ApplicationHistory): SettingChange[] {
  // So many times more tasks that each is small enough: what it has spilled is what it had too much, but for a rest that fits.
  const read = Math.max(1, stage.shuffleReadBytes + stage.inputBytes);
  const times = Math.max(2, Math.min(16, Math.ceil((2 * stage.diskSpilledBytes) / read)));
  const tasks = String(stage.tasks * times);
  const memory = change(application, 'spark.executor.memory', doubledMemory(application));
  if (stage.shuffleReadBytes > 0)
    return [memory, change(application, shufflePartitions(application), tasks)];
  if (stage.inputBytes > 0) {
    const each = Math.max(1, Math.floor(stage.inputBytes / (stage.tasks * times) / 2 ** 20));
    return [memory, change(application, 'spark.sql.files.maxPartitionBytes', `${each}m`)];
  }
  return [memory, change(application, 'spark.default.parallelism', tasks)];
}

/** Collecting garbage, where it took more than it should; that of stages that spill is a part of their trouble. */
export function findGarbageCollection(application: ApplicationHistory): ExplainFinding[] {
  const stages = application.stages.filter((stage) => !spills(stage));
  const gcMs = stages.reduce((sum, one) => sum + one.gcMs, 0);
  const ranMs = stages.reduce((sum, { durations, failedMs }) => sum + durations.sum + failedMs, 0);
  const share = ranMs === 0 ? 0 : Math.min(1, gcMs / ranMs);
  if (share < usualGcShare || gcMs < 2_000) return [];
  const worst = stages.reduce((a, b) => (b.gcMs > a.gcMs ? b : a));
  return [
    {
      kind: 'garbage-collection',
      severity: 'warning',
      lostMs: (gcMs * (1 - usualGcShare / share / 2)) / Math.max(1, application.executors.maxCores),
      stage: stageOf(worst),
      settings: [
        change(application, 'spark.executor.memory', doubledMemory(application)),
        change(application, 'spark.executor.cores', null),
      ],
      gcMs,
      share,
    },
  ];
}

/** Stages of many tasks that are over before they have begun. */
export function findTinyTasks(application: ApplicationHistory): ExplainFinding[] {
  const stages = application.stages.filter(
    ({ durations, slots }) =>
      durations.count >= 500 && durations.count > 20 * slots && durations.median < 100,
  );
  const tasks = stages.reduce((sum, { durations }) => sum + durations.count, 0);
  const worst = stages.reduce<StageHistory | undefined>(
    (a, b) => (a === undefined || b.durations.count > a.durations.count ? b : a),
    undefined,
  );
  if (worst === undefined) return [];
  return [
    {
      kind: 'tiny-tasks',
      severity: 'warning',
      // To start one takes the driver about 5 ms, and an executor as long.
      lostMs: (tasks * 5) / Math.max(1, worst.slots),
      stage: stageOf(worst),
      settings: [
        change(
          application,
          worst.shuffleReadBytes > 0 ? shufflePartitions(application) : 'spark.default.parallelism',
          String(worst.slots * 3),
        ),
      ],
      tasks,
      medianMs: worst.durations.median,
    },
  ];
}
