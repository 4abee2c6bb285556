import { timeLimit } from '../base/time-limit.ts';
import type { PartialValues } from '../config/options/options.ts';
import { nodesOf } from '../model/cluster/cluster.ts';
import { ClusterError, isClusterError } from '../model/errors.ts';
import { callVerb } from '../model/remedy.ts';
import { someOf } from './rendering/text-layout.ts';
import type { Session } from './session.ts';

/** How long a command may still take to end by itself: most are about to. */
export const graceMs = 200;
/** How long it may take to find out what is left: the user wants to leave. */
const lookMs = 2_500;

/**
 * The error of a command that was told to stop at once: what is left, as far as that can be seen in a moment, and what to do.
 *
 * @param values the options of the command: they say where the cluster is
 */
export async function forcedStopError(
  session: Session,
  values: PartialValues,
): Promise<ClusterError> {
  const progress = session.work?.progress;
  if (progress === undefined) return new ClusterError('ABORTED', 'Stopped immediately.');
  const { cluster, verb } = progress;
  switch (verb) {
    case 'launch':
    case 'destroy': {
      const provider = values.provider ?? progress.plan?.provider;
      const { ec2Profile, ec2Region } = values;
      const where = { provider, ec2Profile, ec2Region };
      const left = await nodesLeft(session, cluster, where);
      const what =
        left === undefined || left.length === 0
          ? `resources of "${cluster}" may be left`
          : `resources of "${cluster}" that are left: ${someOf(left, 8)}`;
      return new ClusterError('ABORTED', `Stopped immediately; ${what}.`, {
        remedies: [callVerb('Destroy the cluster.', 'destroy', { name: cluster }, {})],
        details: { left: left ?? [] },
      });
    }
    case 'submit':
      return new ClusterError(
        'ABORTED',
        `Stopped immediately; the job may still be running on "${cluster}".`,
        {
          remedies: [callVerb('Stop the cluster to end the job.', 'stop', { name: cluster }, {})],
        },
      );
    default:
      return new ClusterError(
        'ABORTED',
        `Stopped immediately while an operation on "${cluster}" was in progress.`,
        {
          remedies: [
            callVerb('Check the state of the cluster.', 'describe', { name: cluster }, {}),
          ],
        },
      );
  }
}

async function nodesLeft(
  session: Session,
  name: string,
  values: PartialValues,
): Promise<string[] | undefined> {
  try {
    const engine = await session.engine();
    const { clusters } = await engine.describe(name, {
      values,
      signal: timeLimit(lookMs),
    });
    return clusters.flatMap((cluster) =>
      nodesOf(cluster).map((node) => {
        if (cluster.provider === 'ec2') return `${node.name} (${node.id}, ${node.state})`;
        const pid = node.pid ?? null;
        return pid === null ? `${node.name} (${node.state})` : `${node.name} (process ${pid})`;
      }),
    );
  } catch (error) {
    return isClusterError(error, 'CLUSTER_NOT_FOUND') ? [] : undefined;
  }
}
