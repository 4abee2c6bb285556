import * as vscode from 'vscode';
import { timeLimit } from '../../base/time-limit.ts';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { silentHost } from '../../model/host.ts';
import { logError } from '../engine/log.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { withProgress } from '../ui/window.ts';
import { refOf } from './cluster-ref.ts';
import { usableStates } from './pick-cluster.ts';

/** How long it may take to find out what runs on clusters: a question is asked without that rather than late, in milliseconds. */
const limitMs = 5_000;

/** Clusters with what runs on them now, as far as they say so within a moment. */
export async function withApplications(
  { engines, log }: ExtensionServices,
  clusters: readonly Cluster[],
): Promise<readonly Cluster[]> {
  if (!clusters.some(({ state }) => usableStates.includes(state))) return clusters;
  const title = vscode.l10n.t('Checking for running applications');
  return withProgress({ location: 'window', title }, () =>
    Promise.all(
      clusters.map(async (cluster) => {
        if (!usableStates.includes(cluster.state)) return cluster;
        try {
          const { engine, values } = await engines.forCluster(refOf(cluster));
          const signal = timeLimit(limitMs);
          // Nothing is asked on the way: that would be a question before the question.
          const found = await engine.describe(cluster.name, { values, signal, host: silentHost });
          const { applications } = found.clusters[0] ?? {};
          return applications === undefined ? cluster : { ...cluster, applications };
        } catch (error) {
          logError(log, title, error);
          return cluster;
        }
      }),
    ),
  );
}
