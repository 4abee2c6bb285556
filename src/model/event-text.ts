import type { Remedy } from './remedy.ts';
import { count } from './count.ts';
import { kindText } from './cluster-shape.ts';
import type { EngineEvent, EventPayloads } from './events.ts';

/**
 * An event as a line of a log, without its time: `worker-1  downloading  https://…`.
 *
 * @returns one line, or `undefined` for what a log doesn't repeat: the output of jobs and commands
 */
export function eventText(event: EngineEvent): string | undefined {
  switch (event.code) {
    case 'verb.started':
      return words(event.cluster, event.verb, event.nodes.join(' '));
    case 'verb.finished':
      return words(event.cluster, `${event.verb} done in ${seconds(event.seconds)}`);
    case 'plan.ready': {
      const { plan } = event;
      const nodes = plan.nodes.map(
        ({ count, type, market, role }) =>
          `${count} × ${kindText({ instanceType: type, market })} (${role})`,
      );
      return words(event.cluster, plan.ok ? 'planned' : 'can’t be launched', nodes.join(' + '));
    }
    case 'warning':
      return words('warning', `${event.kind}: ${event.message}`, remediesText(event.remedies));
    case 'hostKey.pinned':
      return words(event.node, `host key ${event.fingerprint}, kept at its first use`);
    case 'waiting':
      return words(event.cluster, `waiting for ${event.reason}`);
    case 'source.failed':
      return words('source', event.source, event.reason, event.next && `next: ${event.next}`);
    case 'download.progress':
      return words(
        'download',
        event.what,
        `${event.bytes}${event.total === null ? '' : ` of ${event.total}`} bytes from ${event.source}`,
      );
    case 'download.finished':
      return words('download', event.what, `done in ${seconds(event.seconds)}`);
    case 'step.started':
      return words(event.cluster, event.step);
    case 'step.finished':
      return words(event.cluster, event.step, `done in ${seconds(event.seconds)}`);
    case 'node.phase':
      return words(event.node, event.phase, event.detail ?? '');
    case 'node.trouble':
      return words(event.node, `trouble: ${event.message}`, remediesText(event.remedies));
    case 'node.stopped':
      return words(event.node, 'stopped');
    case 'node.draining':
      return words(event.node, 'takes no new work', drainingText(event));
    case 'instances.ending':
      return words(event.cluster, 'terminating', endingText(event));
    case 'node.removed':
      return words(event.node, 'removed');
    case 'cluster.ready':
      return words(event.cluster, `ready after ${seconds(event.seconds)}`);
    case 'cleanup.started':
      return words(event.cluster, 'removing what was made', event.reason);
    case 'cleanup.finished':
      return words(
        event.cluster,
        event.left.length === 0 ? 'nothing is left' : `left: ${event.left.join('; ')}`,
      );
    case 'command.exited':
      return words(event.node, `command ended with ${event.exitCode}`);
    case 'job.started':
      return words(event.job, 'started', event.command);
    case 'job.exited':
      return words(event.job, `ended with ${event.exitCode}`);
    case 'file.copied':
      return words(event.node, `copied ${event.path}`, `${event.bytes} bytes`);
    case 'command.output':
    case 'job.output':
      return undefined;
  }
}

/** A host key that was seen for the first time: `Host key of master: SHA256:… (first use from this machine)`. */
export function hostKeyText({ node, fingerprint }: EventPayloads['hostKey.pinned']): string {
  return `Host key of ${node}: ${fingerprint} (first use from this machine)`;
}

/** Instances that are about to be terminated: `worker-3 (i-0a1b2c3d4e5f67890), i-0f9e8d7c6b5a43210`. */
export function endingText({ instances }: EventPayloads['instances.ending']): string {
  return instances.map(({ id, node }) => (node === null ? id : `${node} (${id})`)).join(', ');
}

/** What a worker that is leaving still has: `2 cores in use, 14 blocks to move`. */
export function drainingText(
  event: Pick<EventPayloads['node.draining'], 'coresInUse' | 'blocksToMove'>,
): string {
  const { coresInUse, blocksToMove } = event;
  const parts = [`${count(coresInUse, 'core')} in use`];
  if (blocksToMove !== undefined) parts.push(`${count(blocksToMove, 'block')} to move`);
  return parts.join(', ');
}

function remediesText(remedies: readonly Remedy[]): string {
  return remedies.map(({ text }) => text).join(' ');
}

/** Who it is about in a column of its own, then what happened; always one line. */
function words(who: string, ...parts: readonly (string | null)[]): string {
  const rest = parts.filter((part) => part !== null && part !== '').join('  ');
  return `${who.padEnd(10)}  ${rest}`.replaceAll(/\s*[\r\n]+\s*/g, ' ').trimEnd();
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
