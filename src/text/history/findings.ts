import type { PythonLine } from '../../model/history/application.ts';
import type {
  ApplicationUse,
  ExplainFinding,
  FindingKind,
  FindingStage,
  SettingChange,
} from '../../model/history/explanation.ts';
import { formatMeasuredDuration } from '../durations.ts';
import { formatDollars } from '../money.ts';
import { formatBytes } from '../sizes.ts';
import { english, type Translate } from '../translate.ts';

/** What a finding is about: `Skewed data`. */
export function formatFindingTitle(kind: FindingKind, translate: Translate = english): string {
  switch (kind) {
    case 'failed-tasks':
      return translate('Failed tasks');
    case 'lost-executors':
      return translate('Lost executors');
    case 'waiting-for-cores':
      return translate('Waiting for cores');
    case 'skew':
      return translate('Skewed data');
    case 'spill':
      return translate('Data spilled to disk');
    case 'garbage-collection':
      return translate('Garbage collection');
    case 'idle-cores':
      return translate('Too few tasks');
    case 'idle-driver':
      return translate('Executors idle');
    case 'tiny-tasks':
      return translate('Too many short tasks');
  }
}

/** What was found, in one or two sentences; a line of Python stands beside it. */
export function formatFinding(finding: ExplainFinding, translate: Translate = english): string {
  const stage = formatStage(finding.stage, translate);
  switch (finding.kind) {
    case 'failed-tasks':
      return formatFailure(finding, translate);
    case 'lost-executors':
      return finding.executors === 1
        ? translate('An executor was lost: {0}', finding.reason)
        : translate('{0} executors were lost: {1}', finding.executors, finding.reason);
    case 'waiting-for-cores':
      return finding.isWaiting
        ? translate('{0} has waited {1} for its first core.', stage, time(finding.waitedMs))
        : translate('{0} waited {1} for its first core.', stage, time(finding.waitedMs));
    case 'skew':
      return formatSkew(finding, stage, translate);
    case 'spill':
      return finding.stages === 1
        ? translate(
            '{0} wrote {1} to disk that did not fit in memory.',
            stage,
            formatBytes(finding.diskBytes),
          )
        : translate(
            '{0} stages wrote {1} to disk that did not fit in memory, most of it {2}.',
            finding.stages,
            formatBytes(finding.diskBytes),
            stage,
          );
    case 'garbage-collection':
      return translate(
        'Executors spent {0} % of their task time collecting garbage ({1}), most of it in {2}.',
        Math.round(finding.share * 100),
        time(finding.gcMs),
        stage,
      );
    case 'idle-cores':
      return formatIdleCores(finding, stage, translate);
    case 'idle-driver':
      return translate(
        'For {0} no stage ran, while executors held {1} cores: the driver was busy, or waited.',
        time(finding.idleMs),
        finding.cores,
      );
    case 'tiny-tasks':
      return translate(
        '{0} tasks took {1} or less: starting them took as long as their work, most often in {2}.',
        finding.tasks,
        time(Math.max(100, finding.medianMs)),
        stage,
      );
  }
}

/** What to do about a finding, in one sentence; the settings stand beside it. */
export function formatFindingAdvice(
  finding: ExplainFinding,
  translate: Translate = english,
): string {
  switch (finding.kind) {
    case 'failed-tasks':
      return finding.settings.length > 0
        ? translate('Provide what is missing, or more memory.')
        : finding.python === null
          ? translate('Fix the cause of the error.')
          : translate('Fix the code, or the data that it fails on.');
    case 'lost-executors':
      return finding.isMemory
        ? translate('Give executors more memory.')
        : translate('Check the logs of the workers.');
    case 'waiting-for-cores':
      return translate(
        'Limit the cores of the application that holds them, end it, or add workers.',
      );
    case 'skew':
      return translate(
        'Distribute the data more evenly: add a random part to the frequent keys, or let Spark split large partitions of joins.',
      );
    case 'spill':
      return translate('Give executors more memory, or use more and smaller partitions.');
    case 'garbage-collection':
      return translate('Give executors more memory, or fewer cores.');
    case 'idle-cores':
      return translate('Use more partitions, so that all cores have work.');
    case 'idle-driver':
      return translate('Let Spark return executors while the driver works without them.');
    case 'tiny-tasks':
      return translate('Use fewer and larger partitions.');
  }
}

/** How much an application could gain: `about 12 s`; empty where it failed, or nobody knows. */
export function formatGain(
  { severity, lostMs }: ExplainFinding,
  translate: Translate = english,
): string {
  if (severity === 'error' || lostMs < 100) return '';
  return translate('about {0}', time(lostMs));
}

/** A setting as it is to be: `spark.sql.shuffle.partitions=16`, with what it is now if that is known. */
export function formatSetting(
  { setting, value, current }: SettingChange,
  translate: Translate = english,
): string {
  const text = value === null ? setting : `${setting}=${value}`;
  return current === null ? text : translate('{0} (now {1})', text, current);
}

/** A line of Python: `job.py:4 in price: return float(text)`. */
export function formatPythonLine({ file, line, function: name, code }: PythonLine): string {
  return `${file}:${line} in ${name}${code === null ? '' : `: ${code}`}`;
}

/** What an application cost: `$0.12`, `no charge (runs locally)`. */
export function formatCost(
  { dollars, isFree }: ApplicationUse,
  translate: Translate = english,
): string {
  if (isFree) return translate('No charge (runs locally)');
  return dollars === null ? translate('Price unavailable') : formatDollars(dollars);
}

/** How much of what an application held it used: `0.035 core-hours, 81 % busy`. */
export function formatUse(
  { coreHours, busyShare }: ApplicationUse,
  translate: Translate = english,
): string {
  const hours = coreHours.toFixed(coreHours < 9.995 ? (coreHours < 0.0995 ? 3 : 2) : 0);
  return busyShare === null
    ? translate('{0} core-hours', hours)
    : translate('{0} core-hours, {1} % busy', hours, Math.round(busyShare * 100));
}

function formatFailure(
  { tasks, isFatal, error }: Extract<ExplainFinding, { kind: 'failed-tasks' }>,
  translate: Translate,
): string {
  const failed =
    tasks === 1
      ? translate('A task failed')
      : translate('{0} tasks failed for the same reason', tasks);
  return isFatal
    ? translate('{0}, and the job with it: {1}', failed, error)
    : translate('{0} and ran again: {1}', failed, error);
}

function formatSkew(
  finding: Extract<ExplainFinding, { kind: 'skew' }>,
  stage: string,
  translate: Translate,
): string {
  const { tasks, longestMs, medianMs, longestBytes, medianBytes } = finding;
  const times = translate(
    '{0}: the longest of {1} tasks took {2}, the median {3}.',
    stage,
    tasks,
    time(longestMs),
    time(medianMs),
  );
  if (longestBytes === 0) return times;
  const sizes = translate(
    'The largest read {0}, the median {1}.',
    formatBytes(Math.round(longestBytes)),
    formatBytes(Math.round(medianBytes)),
  );
  return `${times} ${sizes}`;
}

function formatIdleCores(
  finding: Extract<ExplainFinding, { kind: 'idle-cores' }>,
  stage: string,
  translate: Translate,
): string {
  const { tasks, slots, durationMs, stages } = finding;
  const worst =
    tasks === 1
      ? translate('{0} had 1 task for {1} cores, for {2}.', stage, slots, time(durationMs))
      : translate(
          '{0} had {1} tasks for {2} cores, for {3}.',
          stage,
          tasks,
          slots,
          time(durationMs),
        );
  return stages === 1 ? worst : `${worst} ${translate('{0} stages had too few tasks.', stages)}`;
}

/** `Stage 3 (collect at job.py:12)` */
export function formatStage(stage: FindingStage | null, translate: Translate): string {
  if (stage === null) return translate('The application');
  const { id, name } = stage;
  // Spark names the file by its whole path, and where Python calls it, of its own.
  const short = name
    .replace(/ at NativeMethodAccessorImpl\.java:0$/, '')
    .replace(/(\S*)[\\/]([^\\/\s]+:\d+)$/, '$2');
  return short === '' ? translate('Stage {0}', id) : translate('Stage {0} ({1})', id, short);
}

function time(ms: number): string {
  return formatMeasuredDuration(ms / 1000);
}
