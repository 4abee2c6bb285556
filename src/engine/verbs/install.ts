import type { Cluster } from '../../model/cluster/cluster.ts';
import { callVerb } from '../../model/remedy.ts';
import { sparkVersionOf } from '../connect/cluster-link.ts';
import { requireFittingPackages } from '../jobs/job-conf.ts';
import { readPackageRequest } from '../jobs/package-request.ts';
import type { InstalledPackages } from '../provider.ts';
import { lookAgain } from '../support/as-recorded.ts';
import type { Engine } from '../support/context.ts';
import { type FoundCluster, requireCluster } from '../support/find-cluster.ts';
import { requireSpark, requireState } from '../support/guards.ts';
import { locked, type LockingOptions, takeOverText } from '../support/lock.ts';
import { timed } from '../support/timing.ts';

/** What was installed on a cluster. */
export interface InstallResult {
  /** `false`: all of it was there. */
  readonly changed: boolean;
  /** With all packages that it has now. */
  readonly cluster: Cluster;
  /** Whether Spark Connect was restarted, so that sessions of before have ended. */
  readonly connectRestarted: boolean;
  readonly seconds: number;
}

/**
 * Installs packages on a cluster that runs. Nothing changes on any node before all nodes have fetched all of it.
 *
 * @param packages Maven coordinates and URLs of jars; requirements for pip, requirements files and wheels
 * @throws ClusterError `ARGUMENT_INVALID`, `FILE_NOT_FOUND`, `PACKAGE_MISMATCH`, `PACKAGE_UNAVAILABLE`, `PYTHON_INSTALL_FAILED`,
 *   `CLUSTER_STATE_UNFIT`, `CLUSTER_BUSY`
 */
export async function install(
  engine: Engine,
  name: string,
  packages: readonly string[],
  options: LockingOptions,
): Promise<InstallResult> {
  const additions = await readPackageRequest(packages, engine.surroundings);
  const seen = await requireCluster(engine, name, options);
  // Whatever its services say of themselves: each of its nodes must be there.
  requireState(seen.cluster, ['running'], 'installing packages');
  requireSpark(seen.cluster, 'installing packages');
  const work = async (): Promise<InstallResult> => {
    const found = await lookAgain(seen);
    const { provider, cluster, context } = found;
    requireState(cluster, ['running'], 'installing packages');
    requireFittingPackages(additions.packages, sparkVersionOf(cluster), context);
    return timed('install', [], context, async () => {
      const installed = await provider.install(cluster, additions, context);
      const connectRestarted = await endConnect(engine, found, installed);
      const now = await lookAgain(found);
      return { changed: installed.changed, cluster: now.cluster, connectRestarted };
    });
  };
  return locked(seen, 'install', work, {
    isAsked: options.takeOver === true,
    remedy: callVerb(takeOverText, 'install', seen.cluster, { packages, takeOver: true }),
  });
}

/** Ends a server of Spark Connect that lacks new jars, if it may; the next client, or one that is connected, starts it. */
async function endConnect(
  engine: Engine,
  { cluster, context }: FoundCluster,
  { endConnect: end }: InstalledPackages,
): Promise<boolean> {
  if (end === undefined) return false;
  const agreed = await engine.host.ask({
    code: 'install.restartConnect',
    cluster: cluster.name,
    message: `Spark Connect of "${cluster.name}" must be restarted to use the packages; open sessions end. Restart it now?`,
    default: false,
  });
  if (agreed) await end();
  else
    context.emit('warning', {
      kind: 'CLUSTER_STATE_UNFIT',
      message: `Sessions of Spark Connect on "${cluster.name}" don’t use the new packages until the cluster is stopped and started.`,
      remedies: [],
    });
  return agreed;
}
