import pMap from 'p-map';
import { timeLimit } from '../../../../base/time-limit.ts';
import type { WorkContext } from '../../../../engine/provider.ts';
import { type Cluster, type ClusterNode, nodesOf } from '../../../../model/cluster/cluster.ts';
import { toClusterError } from '../../../../model/errors.ts';
import { setOption } from '../../../../model/remedy.ts';
import { connectNodeRequirements } from '../../../../model/software/connect-requirements.ts';
import { nodeLayout } from '../../../../node/layout.ts';
import {
  installPythonPackages,
  pythonPackagesProgram,
} from '../../../../node/services/python-packages.ts';
import type { SshConnection } from '../../../../ssh/connection.ts';
import { formatStep } from '../../../../text/engine/steps.ts';

/** How long packages may take on a node, in milliseconds: some hundred megabytes, from far away. */
const limitMs = 300_000;

/** Whose packages are known to be there, by ids, on the master: so that who connects again asks no worker. */
const knownFile = `${nodeLayout.stateFolder}/connect-packages`;

/** Does something on a node, over SSH. */
export type OnNode = (
  node: ClusterNode,
  work: (ssh: SshConnection) => Promise<void>,
) => Promise<void>;

/**
 * Installs what clients of Spark Connect take for granted on nodes, pandas and pyarrow, where it isn't. What fails is a warning: most of
 * Spark does without.
 *
 * Not in the nodes' user data: most clusters never need them, and some have no way to a package index.
 *
 * @param master the connection to the master
 */
export async function installConnectPackages(
  cluster: Cluster,
  master: SshConnection,
  onNode: OnNode,
  context: WorkContext,
): Promise<void> {
  const { clock, emit, values } = context;
  const signal = timeLimit(limitMs, context.signal);
  const version = cluster.services.find(({ name }) => name === 'spark')?.version ?? '';
  const requirements = connectNodeRequirements(version);
  const known = await master.exec(`cat ${knownFile} 2>/dev/null`, signal);
  const ids = new Set(known.stdout.split('\n'));
  const nodes = nodesOf(cluster).filter(({ id, state }) => state === 'running' && !ids.has(id));
  if (nodes.length === 0 || requirements.length === 0) return;
  const subject = { kind: 'node-packages', nodes: nodes.length } as const;
  const step = formatStep({ subject });
  const start = clock.now();
  emit('step.started', { step, subject });
  const command = installPythonPackages(values.pythonPackageIndex, requirements);
  const failures: string[] = [];
  const install = async ({ name }: ClusterNode, ssh: SshConnection): Promise<void> => {
    await ssh.execOrThrow(command, name, signal, { input: pythonPackagesProgram });
  };
  const done = await pMap(
    nodes,
    async (node) => {
      try {
        await (node.role === 'master'
          ? install(node, master)
          : onNode(node, (ssh) => install(node, ssh)));
        return [node.id];
      } catch (error) {
        context.signal.throwIfAborted();
        failures.push(toClusterError(error).message);
        return [];
      }
    },
    { concurrency: 16 },
  );
  emit('step.finished', { step, subject, seconds: (clock.now() - start) / 1000 });
  if (failures.length < nodes.length)
    await master.exec(
      `printf '%s\\n' ${done.flat().join(' ')} | sudo -n tee -a ${knownFile} >/dev/null`,
      context.signal,
    );
  if (failures.length === 0) return;
  const few = failures.sort().slice(0, 3).join('; ');
  emit('warning', {
    kind: 'PYTHON_PACKAGE_MISSING',
    message: `pandas and pyarrow could not be installed on ${failures.length} of ${nodes.length} nodes of "${cluster.name}", and pandas functions fail there: ${few}`,
    remedies: [
      setOption(
        'If the nodes can’t reach the usual package index, name one that they can reach, and connect again.',
        'launch.python-package-index',
      ),
    ],
  });
}
