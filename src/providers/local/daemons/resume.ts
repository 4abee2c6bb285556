import type { WorkContext } from '../../../engine/provider.ts';
import { runs } from '../records/observe.ts';
import { requireCluster, writeClusterRecord, writeNodeRecord } from '../records/records.ts';
import { installSpark } from '../software/spark-install.ts';
import { findSparkSource, installedVersion } from '../software/spark-source.ts';
import { bringUp } from './bring-up.ts';
import { endUnrecorded } from './end-nodes.ts';
import { newNode } from './make-nodes.ts';

/** Does what is left to do of a launch whose client was killed: fetches Spark, makes the nodes' records, starts their daemons. */
export async function resumeLocalLaunch(name: string, context: WorkContext): Promise<void> {
  const { folder, record } = await requireCluster(name, context);
  if (installedVersion(record.spark.home) === undefined) {
    const { version } = record.spark;
    const source = findSparkSource(version, context.values.sparkDownloadSource, context);
    const home = await installSpark(source, context);
    await writeClusterRecord(folder, { ...record, spark: { version, home } });
  }
  const there = new Set((await requireCluster(name, context)).nodes.map((node) => node.name));
  const workers = Array.from({ length: record.nextWorker - 1 }, (_, n) => `worker-${n + 1}`);
  for (const node of ['master', ...workers])
    if (!there.has(node))
      await writeNodeRecord({ folder }, newNode(node === 'master' ? 'master' : 'worker', node));
  const cluster = await requireCluster(name, context);
  const running = await Promise.all(cluster.nodes.map((node) => runs(cluster, node, context)));
  const down = cluster.nodes.filter((_, index) => running[index] !== true);
  // The client that started a daemon may have died before it could write that down.
  for (const node of down) await endUnrecorded(cluster, node, context);
  const names = down.map((node) => node.name);
  if (names.length > 0) await bringUp(cluster, names, context);
}
