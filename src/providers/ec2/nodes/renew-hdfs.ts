import pMap from 'p-map';
import type { WorkContext } from '../../../engine/provider.ts';
import type { Cluster, ClusterNode } from '../../../model/cluster/cluster.ts';
import { nodeUnits } from '../../../node/layout.ts';
import { hdfsConfiguration, hdfsFolder } from '../../../node/services/hdfs.ts';
import { noAddress } from '../access/node-access.ts';
import type { NodeOperations } from './node-operations.ts';

/** Prints a block that is on a worker's disks; nothing if there is none. An error if a disk isn't there to be looked at. */
const findBlockCommand = `sudo -n sh -ec '
folders=$(sed -n "s:.*<name>dfs.datanode.data.dir</name><value>\\([^<]*\\)<.*:\\1:p" ${hdfsConfiguration} | tr , " ")
[ -n "$folders" ]
for folder in $folders; do
  case $folder in */root/hdfs) ;; *) mountpoint -q "\${folder%/hdfs}" || { echo "\${folder%/hdfs} is not mounted" >&2; exit 1; } ;; esac
  find "$folder" -name "blk_*" -print -quit
done'`;

/**
 * Makes the NameNode's metadata anew. With the cluster's id of before, which the DataNodes' disks have; and beside the old, which
 * take their place only when they are whole, and are kept.
 */
const renewCommand = `sudo -n sh -ec '
cd ${hdfsFolder}
id=$(sed -n s/^clusterID=//p name/current/VERSION)
rm -rf name.new
sudo -n -u hdfs /usr/local/bin/hdfs namenode -Ddfs.namenode.name.dir=file://${hdfsFolder}/name.new -format -nonInteractive -clusterid "$id" >name.log 2>&1 || { tail -n 1 name.log >&2; exit 1; }
systemctl stop ${nodeUnits.hdfsNameNode}
rm -rf name.lost
mv name name.lost
mv name.new name
systemctl start ${nodeUnits.hdfsNameNode}'`;

/** They would keep to the file system of before. */
const restartCommand = `sudo -n systemctl restart --no-block ${nodeUnits.hdfsDataNode}`;

/** See `Provider.renewHdfs`. */
export async function renewHdfs(
  cluster: Cluster,
  nodes: NodeOperations,
  context: WorkContext,
): Promise<boolean> {
  const { master, workers } = cluster;
  if (master === null) throw noAddress('the master');
  const run = (node: ClusterNode, command: string): Promise<string> =>
    nodes.onNode(cluster, node, context, async (ssh) => {
      const what = `HDFS could not be recreated on ${node.name}`;
      return (await ssh.execOrThrow(command, what, context.signal)).trim();
    });
  const onWorkers = (command: string): Promise<string[]> =>
    pMap(workers, (worker) => run(worker, command), { concurrency: 16 });
  const blocks = await onWorkers(findBlockCommand);
  if (blocks.some((path) => path !== '')) return false;
  await run(master, renewCommand);
  await onWorkers(restartCommand);
  return true;
}
