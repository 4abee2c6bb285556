import { type Cluster, type ForeignInstance, nodesOf } from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import { losesHistory } from '../../model/history/lost-history.ts';
import { callVerb } from '../../model/remedy.ts';
import { bringHistoryHome, type SavedHistory } from '../history/bring-home.ts';
import { confirm } from '../support/confirm.ts';
import { type Engine, type VerbOptions } from '../support/context.ts';
import { requireCluster } from '../support/find-cluster.ts';
import { foreignText, nodesText, warnForeign } from '../support/foreign.ts';
import { isBusy } from '../support/lock.ts';
import { timed } from '../support/timing.ts';

/** What a removal did. */
export interface DestroyResult {
  readonly name: string;
  readonly seconds: number;
  /** The event logs of its applications, as far as they were saved on this machine; `null` if none were. */
  readonly history: SavedHistory | null;
}

/** What {@link destroy} takes. */
export interface DestroyOptions extends VerbOptions {
  /**
   * Ids of instances that carry the cluster's name, aren't its nodes, and are to be terminated with it. The host is asked about others
   * that keep its security group from being deleted.
   */
  readonly alsoTerminate?: readonly string[] | undefined;
}

/**
 * Removes a cluster, whatever state it is in, with all that is on it.
 *
 * Asks the host first (`destroy.confirm`; where nobody can be asked, the call itself is the answer).
 *
 * @throws ClusterError `ABORTED` if the answer is no; `CLEANUP_INCOMPLETE` with what could not be removed and why
 */
export async function destroy(
  engine: Engine,
  name: string,
  options: DestroyOptions,
): Promise<DestroyResult> {
  const found = await requireCluster(engine, name, options);
  const { provider, cluster, context } = found;
  const nodes = nodesOf(cluster);
  const { keepHistory } = context.values;
  await confirm(
    engine,
    'destroy.confirm',
    cluster,
    `Destroy "${name}" (${nodesText(cluster)})? All data on its nodes will be lost${keepHistory && losesHistory(cluster) ? ', and with it the event logs of its applications, because the cluster is not running' : ''}. This can’t be undone.`,
  );
  const also = await chooseForeign(engine, cluster, options.alsoTerminate ?? []);
  warnForeign(cluster, also, 'terminated', context);
  return timed(
    'destroy',
    nodes.map((node) => node.name),
    context,
    async () => {
      // A removal must always work: also while a launch goes on, which then finds its cluster gone and cleans up.
      const release = await provider.lock(cluster, 'destroy', context).catch((error: unknown) => {
        if (isBusy(error)) return () => Promise.resolve();
        throw error;
      });
      try {
        const history = keepHistory ? await bringHistoryHome(found) : null;
        const left = await provider.destroy(cluster, context, also);
        if (left.length > 0)
          throw new ClusterError(
            'CLEANUP_INCOMPLETE',
            `Not all resources of "${name}" could be removed: ${left.join('; ')}.`,
            {
              remedies: [callVerb('Try again.', 'destroy', cluster, {})],
              details: { left },
            },
          );
        return { name, history };
      } finally {
        await release();
      }
    },
  );
}

/** The instances that aren't nodes, and that the user wants to go with the cluster. */
async function chooseForeign(
  engine: Engine,
  { name, foreign = [] }: Cluster,
  named: readonly string[],
): Promise<readonly ForeignInstance[]> {
  const chosen = foreign.filter(({ id }) => named.includes(id));
  const inTheWay = foreign.filter(({ id, isInGroup }) => isInGroup && !named.includes(id));
  if (inTheWay.length === 0) return chosen;
  const agreed = await engine.host.ask({
    code: 'destroy.foreign',
    cluster: name,
    message: `The security group of "${name}" can’t be deleted while other instances use it: ${foreignText(inTheWay)}. Terminate these instances as well?`,
    default: false,
  });
  return agreed ? [...chosen, ...inTheWay] : chosen;
}
