import { createHash } from 'node:crypto';
import pMap from 'p-map';
import { shellWord } from '../../../../base/shell-word.ts';
import { timeLimit } from '../../../../base/time-limit.ts';
import type { WorkContext } from '../../../../engine/provider.ts';
import type { Cluster, ClusterNode } from '../../../../model/cluster/cluster.ts';
import { ClusterError } from '../../../../model/errors.ts';
import { packageNames, packagesToFetch } from '../../../../model/software/packages/package-set.ts';
import { nodeLayout, nodePorts } from '../../../../node/layout.ts';
import { s3Properties } from '../../../../node/services/s3/s3.ts';
import {
  installPackagesProgram,
  sparkPackagesProgram,
  unfetchedRemedies,
} from '../../../../node/services/spark-packages.ts';
import { tableProperties } from '../../../../node/services/tables.ts';
import type { SshConnection } from '../../../../ssh/connection.ts';
import { formatStep } from '../../../../text/engine/steps.ts';
import type { RecordedPackages } from '../../inventory/launch-record.ts';
import type { OnNode } from './python-packages.ts';
import { checkS3 } from './s3.ts';

/** How long packages may take on all nodes, in milliseconds: some hundred megabytes, from far away. */
export const packagesLimitMs = 20 * 60_000;

/** How many nodes are worked on at the same time. */
export const concurrency = 16;

/** Where nodes have the jars of packages, each set in a folder of its own. */
const packagesFolder = '/opt/spark-packages';

/** Where a cluster’s Iceberg tables are unless the user says: in HDFS, if there is HDFS. */
const hdfsWarehouse = '/warehouse';

/**
 * Gives nodes the packages of their cluster: the master fetches them, and the workers take its copy over the cluster’s own network.
 *
 * @param nodes those that may lack them; without the master, which has them then
 * @throws ClusterError `PACKAGE_UNAVAILABLE`
 */
export async function installSparkPackages(
  cluster: Cluster,
  nodes: readonly ClusterNode[],
  recorded: RecordedPackages,
  onNode: OnNode,
  context: WorkContext,
): Promise<void> {
  const { clock, emit } = context;
  const version = sparkVersionOf(cluster);
  const subject = { kind: 'spark-packages', packages: packageNames(recorded, version) } as const;
  const step = formatStep({ subject });
  const start = clock.now();
  emit('step.started', { step, subject });
  const signal = timeLimit(packagesLimitMs, context.signal);
  const name = packagesName(cluster, recorded);
  const run = async (
    { name: node }: ClusterNode,
    ssh: SshConnection,
    command: string,
    input: string,
  ): Promise<void> => {
    const { code, stderr } = await ssh.exec(command, signal, input);
    if (code === 0) return;
    const why = stderr.trim().split('\n').at(-1) ?? '';
    throw new ClusterError(
      'PACKAGE_UNAVAILABLE',
      `Packages for Spark could not be installed on ${node}: ${why || `exit code ${code}`}.`,
      { remedies: unfetchedRemedies },
    );
  };
  const master = nodes.find(({ role }) => role === 'master');
  const properties = packageLines(cluster, recorded);
  if (master !== undefined)
    await onNode(master, async (ssh) => {
      await run(master, ssh, fetchCommand(cluster, recorded), sparkPackagesProgram);
      await run(master, ssh, installCommand(name, '', properties), installPackagesProgram);
    });
  const address = cluster.master?.address ?? '';
  const workers = nodes.filter(({ role }) => role === 'worker');
  await beginTaking(workers, [installCommand(name, address, '', 'take')], onNode, signal);
  const command = installCommand(name, address, properties);
  await pMap(
    workers,
    (node) => onNode(node, (ssh) => run(node, ssh, command, installPackagesProgram)),
    { concurrency, signal },
  );
  emit('step.finished', { step, subject, seconds: (clock.now() - start) / 1000 });
  if (master !== undefined && recorded.s3 === true)
    await onNode(master, (ssh) => checkS3(ssh, recorded, context));
}

/**
 * Lets more workers than are worked on at the same time begin to take what the master has: they pass it on to each other, so that all
 * of them have it as soon as a few. A worker that can’t is seen when its turn comes.
 *
 * @param commands those of {@link installCommand} that take it, one after the other
 */
export async function beginTaking(
  workers: readonly ClusterNode[],
  commands: readonly string[],
  onNode: OnNode,
  signal: AbortSignal,
): Promise<void> {
  if (workers.length <= concurrency || commands.length === 0) return;
  const programs = commands.map((command) =>
    command.replace(/^.* -s --/, 'bash -c "$program" take'),
  );
  // The turn of each begins by waiting for this one’s lock.
  const script = `program=$(cat); (${programs.join('; ')}) >/dev/null 2>&1 </dev/null &`;
  const command = `sudo -n sh -c ${shellWord(script)}`;
  await pMap(
    workers,
    (node) =>
      onNode(node, async (ssh) => {
        await ssh.exec(command, signal, installPackagesProgram);
      }),
    { concurrency, signal },
  );
}

/** What the folder of a cluster’s packages is called: by all that is in it. */
export function packagesName(cluster: Cluster, recorded: RecordedPackages): string {
  const toFetch = packagesToFetch(recorded, sparkVersionOf(cluster));
  return createHash('sha256').update(toFetch.join('\n')).digest('hex').slice(0, 16);
}

function sparkVersionOf({ services }: Cluster): string {
  return services.find(({ name }) => name === 'spark')?.version ?? '';
}

/** Properties of a cluster’s tables and of S3, as lines of Spark’s configuration. */
export function packageLines(
  cluster: Cluster,
  { tables, s3, warehouse }: RecordedPackages,
): string {
  const hasHdfs = cluster.services.some(({ name }) => name === 'hdfs');
  const properties = [
    ...(warehouse === undefined ? [] : [['spark.sql.warehouse.dir', warehouse] as const]),
    ...tableProperties(tables, warehouse ?? (hasHdfs ? hdfsWarehouse : undefined)),
    ...(s3 === true ? s3Properties(sparkVersionOf(cluster), 'instances', cluster.region) : []),
  ];
  return properties.map(([key, value]) => `${key} ${value}`).join('\n');
}

/** The command of the master’s shell that fetches the jars; it takes the program on stdin. */
export function fetchCommand(cluster: Cluster, recorded: RecordedPackages): string {
  const version = sparkVersionOf(cluster);
  const folder = `${packagesFolder}/${packagesName(cluster, recorded)}`;
  const words = [folder, `${nodeLayout.sparkHome}/jars`].map(shellWord).join(' ');
  const rest = [recorded.repository ?? '', ...packagesToFetch(recorded, version)]
    .map(shellWord)
    .join(' ');
  // By the node's proxy, if it has one.
  const script = `. ${nodeLayout.libraryFolder}/settings.sh; exec bash -s -- ${words} "$(cat ${nodeLayout.stateFolder}/java)" ${rest}`;
  return `sudo -n bash -c ${shellWord(script)}`;
}

/**
 * The command of a node’s shell that gives its Spark a set of jars; it takes the program on stdin.
 *
 * @param master its address; empty on the master itself
 * @param step what is done of it, with what `install-packages.sh` takes for that; absent: all
 */
export function installCommand(
  name: string,
  master: string,
  properties: string,
  ...step: readonly string[]
): string {
  const words = [name, master, String(nodePorts.beacon), properties, ...step];
  return `sudo -n bash -s -- ${words.map(shellWord).join(' ')}`;
}
