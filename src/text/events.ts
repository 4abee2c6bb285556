import type { EngineEvent, EventPayloads } from '../model/events.ts';
import type { Remedy } from '../model/remedy.ts';
import { formatCount } from './counts.ts';
import { formatMeasuredDuration } from './durations.ts';
import { formatStep } from './engine/steps.ts';
import { formatWait } from './engine/waits.ts';
import { formatPlan } from './plans.ts';
import { remediesText } from './remedies.ts';
import { formatBytes } from './sizes.ts';
import { formatPhaseWithDetail } from './states.ts';
import { english, type Translate } from './translate.ts';
import { formatVerb } from './verbs.ts';

/** An event as a line of a log: what it is about, and what happened. */
export interface EventLine {
  /** A node or a job; empty for the cluster as a whole. */
  readonly subject: string;
  /** One line. */
  readonly text: string;
  /** How much it weighs. */
  readonly level: 'debug' | 'info' | 'warning' | 'error';
}

/** How a host writes events. */
export interface EventOptions {
  readonly translate?: Translate | undefined;
  /** What it makes of remedies. Default: sentences alone. */
  readonly remedies?: ((remedies: readonly Remedy[]) => string) | undefined;
}

/**
 * An event as a line of a log: `worker-1: Downloading · https://…`.
 *
 * @returns `undefined` for what a log doesn't repeat: the output of jobs and commands
 */
export function formatEvent(
  event: EngineEvent,
  { translate = english, remedies = remediesText }: EventOptions = {},
): EventLine | undefined {
  switch (event.code) {
    case 'verb.started':
      return line('info', '', formatVerb(event.verb, event.nodes.length, translate));
    case 'verb.finished':
      return line('info', '', translate('Completed in {0}', formatMeasuredDuration(event.seconds)));
    case 'plan.ready': {
      const plan = formatPlan(event.plan, translate);
      return line(
        'info',
        '',
        event.plan.ok ? translate('Plan: {0}', plan) : translate('The plan has errors: {0}', plan),
      );
    }
    case 'warning':
      return line('warning', '', `${event.message} ${remedies(event.remedies)}`);
    case 'hostKey.pinned':
      return line('info', '', formatHostKey(event, translate));
    case 'waiting':
      return line('debug', '', translate('Waiting for {0}', formatWait(event, translate)));
    case 'source.failed': {
      const { source, reason, next } = event;
      const failed = translate('{0} failed: {1}', source, reason);
      return line(
        'warning',
        '',
        next === null ? failed : translate('{0}. Trying {1}', failed, next),
      );
    }
    case 'download.progress':
      return line('debug', '', formatDownload(event, translate));
    case 'download.finished': {
      const time = formatMeasuredDuration(event.seconds);
      return line('info', '', translate('Downloaded {0} in {1}', event.what, time));
    }
    case 'step.started':
      return line('info', '', formatStep(event, translate));
    case 'step.finished': {
      const time = formatMeasuredDuration(event.seconds);
      return line(
        'debug',
        '',
        translate('{0}: completed in {1}', formatStep(event, translate), time),
      );
    }
    case 'step.output':
      return line('debug', '', event.line);
    case 'node.phase':
      return line('info', event.node, formatPhaseWithDetail(event.phase, event, translate));
    case 'node.trouble':
      return line('warning', event.node, `${event.message} ${remedies(event.remedies)}`);
    case 'node.stopped':
      return line('debug', event.node, translate('Stopped'));
    case 'node.draining':
      return line(
        'debug',
        event.node,
        translate('Decommissioning ({0})', formatDraining(event, translate)),
      );
    case 'instances.ending':
      return line('info', '', formatTerminating(event, translate));
    case 'node.removed':
      return line('debug', event.node, translate('Removed'));
    case 'cluster.ready': {
      const time = formatMeasuredDuration(event.seconds);
      return line('info', '', translate('All workers registered after {0}', time));
    }
    case 'cleanup.started':
      return line('info', '', translate('Cleaning up'));
    case 'cleanup.finished':
      return event.left.length === 0
        ? line('info', '', translate('Cleanup complete'))
        : line('error', '', translate('Not removed: {0}', event.left.join('; ')));
    case 'command.exited':
      return line(
        'debug',
        event.node,
        translate('Command ended with exit code {0}', event.exitCode),
      );
    case 'job.started':
      return line('debug', event.job, translate('Started: {0}', event.command));
    case 'job.exited':
      return line('debug', event.job, translate('Ended with exit code {0}', event.exitCode));
    case 'job.outputCut': {
      const size = formatBytes(event.bytes);
      return line('warning', event.job, translate('{0} of the output were not kept', size));
    }
    case 'connection.lost':
      return line('warning', '', formatConnectionLost(event, translate));
    case 'connection.restored':
      return line('info', '', formatConnectionRestored(event, translate));
    case 'query.progress':
      return line('debug', '', formatQueryProgress(event, translate));
    case 'query.finished':
      return line('debug', '', translate('Query completed'));
    case 'history.saved':
      return line('info', '', formatSavedHistory(event, translate));
    case 'history.remains':
      return line('info', '', translate('The event logs remain in {0}', event.folder));
    case 'file.copied': {
      const size = formatBytes(event.bytes);
      return line('debug', event.node, translate('Copied {0} ({1})', event.path, size));
    }
    case 'command.output':
    case 'job.output':
      return undefined;
  }
}

/** A line in a log that has no column for what it is about: `worker-1: Ready`. */
export function formatEventLine({ subject, text }: EventLine): string {
  return subject === '' ? text : `${subject}: ${text}`;
}

/** The same where nothing else shows the level: `Warning: worker-1: …`. */
export function formatLeveledLine(line: EventLine, translate: Translate = english): string {
  const text = formatEventLine(line);
  return line.level === 'warning' ? translate('Warning: {0}', text) : text;
}

/** Event logs that were saved: `Saved the event logs of 3 applications (1.2 MB) to /…/history/demo/events`. */
function formatSavedHistory(
  { folder, applications, bytes }: EventPayloads['history.saved'],
  translate: Translate = english,
): string {
  const size = formatBytes(bytes);
  return applications === 1
    ? translate('Saved the event log of 1 application ({0}) to {1}', size, folder)
    : translate(
        'Saved the event logs of {0} applications ({1}) to {2}',
        applications,
        size,
        folder,
      );
}

/** How far a download is: `Downloading Spark 4.1.4: 200 MB of 437 MB`; before its first byte where it comes from. */
function formatDownload(
  { what, source, bytes, total }: EventPayloads['download.progress'],
  translate: Translate = english,
): string {
  if (bytes > 0)
    return total === null
      ? translate('Downloading {0}: {1}', what, formatBytes(bytes))
      : translate('Downloading {0}: {1} of {2}', what, formatBytes(bytes), formatBytes(total));
  return total === null
    ? translate('Downloading {0} from {1}', what, source)
    : translate('Downloading {0} ({1}) from {2}', what, formatBytes(total), source);
}

/** A host key that was seen for the first time: `Host key of master: SHA256:… (first use from this machine)`. */
export function formatHostKey(
  { node, fingerprint }: EventPayloads['hostKey.pinned'],
  translate: Translate = english,
): string {
  return translate('Host key of {0}: {1} (first use from this machine)', node, fingerprint);
}

/** Instances that are about to be terminated: `Terminating worker-3 (i-0a1b2c3d4e5f67890), i-0f9e8d7c6b5a43210`. */
export function formatTerminating(
  { instances }: EventPayloads['instances.ending'],
  translate: Translate = english,
): string {
  return translate(
    'Terminating {0}',
    instances.map(({ id, node }) => (node === null ? id : `${node} (${id})`)).join(', '),
  );
}

/** What has become of a connection: `Connection lost; reconnecting`. */
function formatConnectionLost(
  { reason }: EventPayloads['connection.lost'],
  translate: Translate = english,
): string {
  return reason === null
    ? translate('Connection lost; reconnecting')
    : translate('Reconnecting: {0}', reason);
}

/** A connection that is back: `Reconnected after 12 s`. */
function formatConnectionRestored(
  { seconds, isNewServer }: EventPayloads['connection.restored'],
  translate: Translate = english,
): string {
  const time = formatMeasuredDuration(seconds);
  return isNewServer
    ? translate(
        'Reconnected after {0} to a new Spark Connect server: create a new Spark session, or restart the kernel',
        time,
      )
    : translate('Reconnected after {0}', time);
}

/** How far a query is: `Query: 120 of 200 tasks completed, 8 running`. */
export function formatQueryProgress(
  { tasks, completedTasks, runningTasks }: Omit<EventPayloads['query.progress'], 'query'>,
  translate: Translate = english,
): string {
  return translate(
    'Query: {0} of {1} tasks completed, {2} running',
    completedTasks,
    tasks,
    runningTasks,
  );
}

/** What a worker that is leaving still has: `2 cores in use, 14 blocks to move`. */
export function formatDraining(
  { coresInUse, blocksToMove }: Pick<EventPayloads['node.draining'], 'coresInUse' | 'blocksToMove'>,
  translate: Translate = english,
): string {
  const parts = [translate('{0} in use', formatCount(coresInUse, 'core', translate))];
  if (blocksToMove !== undefined)
    parts.push(translate('{0} to move', formatCount(blocksToMove, 'block', translate)));
  return parts.join(', ');
}

function line(level: EventLine['level'], subject: string, text: string): EventLine {
  // Whatever the parts have in them: a line of a log is one line.
  return { subject, level, text: text.replaceAll(/\s*[\r\n]+\s*/g, ' ').trim() };
}
