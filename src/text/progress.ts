import type { Activity, Progress, Task, TaskKind } from '../model/progress.ts';
import { formatCount } from './counts.ts';
import { formatStep } from './engine/steps.ts';
import { formatWait } from './engine/waits.ts';
import { formatDraining } from './events.ts';
import { formatPhase } from './states.ts';
import { english, type Translate } from './translate.ts';

/** So many nodes that are waited for are named; more are counted. */
const namedNodes = 3;

/** A part of the work as a label: `Booting`, `Ready`, `Removed`. */
export function formatTaskLabel(kind: TaskKind, translate: Translate = english): string {
  switch (kind) {
    case 'stopped':
      return translate('Stopped');
    case 'removed':
      return translate('Removed');
    case 'copied':
      return translate('Copied');
    case 'booting':
    case 'downloading':
    case 'configuring':
    case 'starting':
    case 'alive':
      return formatPhase(kind, translate);
  }
}

/** How far a part of the work is: `2 of 3 nodes ready`. */
function formatTask({ kind, done, total }: Task, translate: Translate = english): string {
  const nodes = formatCount(total, 'node', translate);
  switch (kind) {
    case 'alive':
      return translate('{0} of {1} ready', done, nodes);
    case 'stopped':
      return translate('{0} of {1} stopped', done, nodes);
    case 'removed':
      return translate('{0} of {1} removed', done, nodes);
    case 'copied':
      return translate('{0} of {1} copied', done, nodes);
    case 'booting':
    case 'downloading':
    case 'configuring':
    case 'starting':
      return `${formatTaskLabel(kind, translate)}: ${translate('{0} of {1}', done, nodes)}`;
  }
}

/** What goes on now: `Unpacking Spark 4.1.4`, `Waiting for worker-2 (1 core in use)`. */
export function formatActivity(activity: Activity, translate: Translate = english): string {
  switch (activity.kind) {
    case 'cleanup':
      return translate('Cleaning up');
    case 'step':
      return formatStep(activity, translate);
    case 'draining':
      return translate(
        'Waiting for {0}',
        activity.nodes.map((one) => `${one.node} (${formatDraining(one, translate)})`).join(', '),
      );
    case 'waiting': {
      const { late } = activity;
      const reason = formatWait(activity, translate);
      const names = late.length > namedNodes ? '' : late.join(', ');
      return names === ''
        ? translate('Waiting for {0}', reason)
        : translate('Waiting for {0}: {1}', reason, names);
    }
    case 'nodes': {
      const { late } = activity;
      const nodes =
        late.length > namedNodes ? formatCount(late.length, 'node', translate) : late.join(', ');
      return translate('Waiting for {0} to be ready', nodes);
    }
  }
}

/** How far a verb is, in the few words that a notification or a status bar has room for; empty if there is nothing to say yet. */
export function formatProgress(progress: Progress, translate: Translate = english): string {
  const { activity, download, lastTask, hasBegun, plan, verb } = progress;
  if (activity !== null && activity.kind !== 'waiting' && activity.kind !== 'nodes')
    return formatActivity(activity, translate);
  if (download?.isActive === true)
    return download.total === null || download.total === 0
      ? translate('Downloading {0}', download.what)
      : translate(
          'Downloading {0}: {1} %',
          download.what,
          Math.floor((100 * download.bytes) / download.total),
        );
  if (lastTask !== null && lastTask.done > 0) return formatTask(lastTask, translate);
  if (activity !== null) return formatActivity(activity, translate);
  if (lastTask !== null && hasBegun) return formatTask(lastTask, translate);
  if (verb !== 'launch') return '';
  return plan === null ? translate('Planning') : translate('Creating nodes');
}
