import { type Cluster } from '../../model/cluster/cluster.ts';
import { ClusterError, isClusterError } from '../../model/errors.ts';
import { type Verb } from '../../model/events.ts';
import type { Remedy } from '../../model/remedy.ts';
import type { VerbOptions } from './context.ts';
import { type FoundCluster } from './find-cluster.ts';

/** What a verb takes that only one client at a time may carry out on a cluster. */
export interface LockingOptions extends VerbOptions {
  /**
   * Whether to go on though another client is changing the cluster, by what can be seen from here: for when that one is known to be
   * gone.
   * @default false
   */
  readonly takeOver?: boolean | undefined;
}

/** What a remedy says that takes a cluster over. */
export const takeOverText = 'If that client is no longer running, take the cluster over.';

/** Whether a verb is to take a cluster over, and how it is told to. */
interface TakeOver {
  readonly isAsked: boolean;
  readonly remedy: Remedy;
}

/** Runs `work` while no other client may work on the cluster. */
export async function locked<T>(
  {
    provider,
    cluster,
    context,
  }: Pick<FoundCluster, 'provider' | 'context'> & {
    readonly cluster: Pick<Cluster, 'name' | 'region' | 'vpcId'>;
  },
  verb: Verb,
  work: () => Promise<T>,
  takeOver?: TakeOver,
): Promise<T> {
  const release = await provider
    .lock(cluster, verb, context, takeOver?.isAsked)
    .catch((error: unknown) => {
      throw takeOver === undefined ? error : withRemedy(error, takeOver.remedy);
    });
  try {
    return await work();
  } finally {
    await release();
  }
}

/** The error of a lock that another client has, with how to take it over if that one may be gone. */
function withRemedy(error: unknown, remedy: Remedy): unknown {
  if (!isClusterError(error, 'CLUSTER_BUSY') || error.details['canTakeOver'] !== true) return error;
  const { code, message, remedies, details } = error;
  return new ClusterError(code, message, {
    cause: error,
    details,
    remedies: [...remedies, remedy],
  });
}

/** Whether an error only says that somebody else works on the cluster. */
export function isBusy(error: unknown): boolean {
  return isClusterError(error, 'CLUSTER_BUSY');
}
