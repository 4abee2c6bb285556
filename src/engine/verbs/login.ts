import { nodesOf } from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import type { LoginSession } from '../../model/session.ts';
import { type Engine, type VerbOptions } from '../support/context.ts';
import { requireCluster } from '../support/find-cluster.ts';
import { targetNodes } from '../support/on-nodes.ts';

/** What {@link login} takes. */
export interface LoginOptions extends VerbOptions {
  /**
   * Name of the node to log in to.
   * @default 'master'
   */
  readonly node?: string | undefined;
}

/** How to open an interactive shell on a node; opening it is the host's business, which has the terminal. */
export async function login(
  engine: Engine,
  name: string,
  options: LoginOptions,
): Promise<LoginSession> {
  const { provider, cluster, context } = await requireCluster(engine, name, options);
  const wanted = options.node ?? 'master';
  const node = targetNodes(cluster, false, 'logging in').find((other) => other.name === wanted);
  if (node === undefined)
    throw new ClusterError(
      'ARGUMENT_INVALID',
      `Cluster "${name}" has no running node "${wanted}".`,
      {
        remedies: advice(
          `Use one of: ${nodesOf(cluster)
            .map((other) => other.name)
            .join(', ')}.`,
        ),
      },
    );
  return provider.login(cluster, node, context);
}
