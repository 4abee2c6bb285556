import type { ApplicationHistory, StageHistory } from '../model/history/application.ts';
import type { ExplainFinding, SettingChange } from '../model/history/explanation.ts';
import { isSkewed } from './find-slow-stages.ts';
import { change, shufflePartitions, stageOf, wallMs } from './settings.ts';

/** So long a job may wait for its first core: executors begin in that time. */
const patienceMs = 10_000;
/** So many stages that waited are looked at, the longest first. */
const mostWaits = 100;
/** So long cores must have been idle to be worth a word. */
const leastIdleMs = 1_000;

/** Time in which tasks were there and no core for them. */
export function findWaiting(application: ApplicationHistory, until: number): ExplainFinding[] {
  const { stages, executors, jobs } = application;
  // What Spark knows of tasks it writes down late, but executors at once: as long as there is one, tasks may run.
  const hasNone = executors.cores === 0;
  const waits = stages
    .filter(({ tasks, submittedAt }) => tasks > 0 && submittedAt > 0)
    .map((stage) => ({
      stage,
      from: stage.submittedAt,
      to: stage.firstTaskAt ?? stage.completedAt ?? (hasNone ? until : 0),
    }))
    .filter(({ from, to }) => to - from > patienceMs)
    .sort((a, b) => b.to - b.from - (a.to - a.from));
  const longest = waits
    .slice(0, mostWaits)
    .find(({ from, to, stage }) => !isServed(application, from, to, stage));
  const isWaiting = hasNone && jobs.running > 0 && until - jobs.lastSubmittedAt > patienceMs;
  if (longest === undefined && !isWaiting) return [];
  const waitedMs = isWaiting
    ? until - jobs.lastSubmittedAt
    : (longest?.to ?? 0) - (longest?.from ?? 0);
  const stage =
    longest !== undefined && (!isWaiting || longest.to === until) ? longest.stage : null;
  return [
    {
      kind: 'waiting-for-cores',
      severity: isWaiting ? 'error' : 'warning',
      lostMs: waitedMs,
      stage: stage === null ? null : stageOf(stage),
      settings: [
        change(application, 'spark.cores.max', null),
        change(application, 'spark.dynamicAllocation.enabled', 'true'),
        ...(executors.count === 0 ? [change(application, 'spark.executor.memory', null)] : []),
      ],
      waitedMs,
      isWaiting,
    },
  ];
}

/** Whether tasks of other stages began in that time. */
function isServed(
  { stages }: ApplicationHistory,
  from: number,
  to: number,
  but: StageHistory,
): boolean {
  return stages.some(
    (one) =>
      one !== but &&
      one.firstTaskAt !== null &&
      one.firstTaskAt < to &&
      (one.completedAt ?? to) > from,
  );
}

/** Stages with fewer tasks than cores. */
export function findIdleCores(application: ApplicationHistory, until: number): ExplainFinding[] {
  const idle = application.stages
    .filter((stage) => stage.tasks < stage.slots && !isSkewed(stage))
    .map((stage) => {
      const durationMs = wallMs(stage, until);
      const busyMs = stage.durations.sum + stage.failedMs;
      // One that runs has tasks that didn’t end yet.
      const used = stage.completedAt === null ? durationMs * stage.tasks : busyMs;
      return { stage, durationMs, lostMs: durationMs - used / stage.slots };
    })
    .filter(({ lostMs }) => lostMs >= leastIdleMs)
    .sort((a, b) => b.lostMs - a.lostMs);
  const [worst] = idle;
  if (worst === undefined) return [];
  return [
    {
      kind: 'idle-cores',
      severity: 'warning',
      lostMs: idle.reduce((sum, { lostMs }) => sum + lostMs, 0),
      stage: stageOf(worst.stage),
      settings: partitionSettings(worst.stage, application),
      tasks: worst.stage.tasks,
      slots: worst.stage.slots,
      durationMs: worst.durationMs,
      stages: idle.length,
    },
  ];
}

/** What decides how many tasks a stage has: where its data comes from. */
function partitionSettings(stage: StageHistory, application: ApplicationHistory): SettingChange[] {
  const several = String(stage.slots * 2);
  if (stage.shuffleReadBytes > 0)
    return [change(application, shufflePartitions(application), several)];
  if (stage.inputBytes > 0) {
    const each = Math.max(1, Math.ceil(stage.inputBytes / (stage.slots * 2) / 2 ** 20));
    return [change(application, 'spark.sql.files.maxPartitionBytes', `${each}m`)];
  }
  return [change(application, 'spark.default.parallelism', several)];
}

/** Time in which the driver had no stage, though executors held their cores. */
export function findIdleDriver(application: ApplicationHistory, until: number): ExplainFinding[] {
  const { stages, executors, isServer } = application;
  const [first] = stages;
  if (isServer || first === undefined || executors.firstAt === null) return [];
  // Before its first stage an application begins, which takes its time.
  let reached = first.submittedAt;
  let idleMs = 0;
  for (const { submittedAt, completedAt } of stages) {
    idleMs += Math.max(0, submittedAt - reached);
    reached = Math.max(reached, completedAt ?? until);
  }
  idleMs += Math.max(0, until - reached);
  const total = until - application.startedAt;
  if (idleMs < 5_000 || idleMs < 0.2 * total) return [];
  return [
    {
      kind: 'idle-driver',
      severity: 'warning',
      // It may have to: what it does is unknown.
      lostMs: idleMs / 2,
      stage: null,
      settings: [
        change(application, 'spark.dynamicAllocation.enabled', 'true'),
        change(application, 'spark.dynamicAllocation.shuffleTracking.enabled', 'true'),
      ],
      idleMs,
      cores: executors.maxCores,
    },
  ];
}
