import { findSsh } from '../../../base/find-program.ts';
import type { WorkContext } from '../../../engine/provider.ts';
import type { ClusterNode } from '../../../model/cluster/cluster.ts';
import type { LoginSession } from '../../../model/session.ts';
import { requireHostAlias, sshDestination, sshPath, sshWord } from '../../../model/ssh-text.ts';
import { knownHostsPath } from '../api/local-state.ts';
import type { Ec2Cluster } from '../inventory/observe.ts';
import { noAddress, type NodeAccess, reachableAddress } from './node-access.ts';

/**
 * How to open a shell on a node: the system's `ssh`, which knows the user's agent and settings, with our known hosts; or this
 * program's own client where there is none.
 */
export async function openLogin(
  { cluster }: Ec2Cluster,
  node: ClusterNode,
  nodes: NodeAccess,
  context: WorkContext,
): Promise<LoginSession> {
  const address = reachableAddress(node, context.values);
  if (address === null) throw noAddress(node.name);
  const program = await findSsh(context);
  await nodes.ensureReachable(address);
  if (program === undefined)
    return {
      kind: 'shell',
      node: node.name,
      open: async (size, terminal) => {
        const connection = await nodes.open(node, context.signal);
        const channel = await connection.shell(size, terminal);
        channel.once('close', () => void connection.close());
        return channel;
      },
    };
  const hostKey = await nodes.hostKey(node, context.signal);
  const { key } = await nodes.identity();
  const proxy = context.values.ec2SshProxy;
  const knownHosts = knownHostsPath(cluster, context);
  const options = [
    `UserKnownHostsFile=${sshWord(sshPath(knownHosts, context.platform))}`,
    `HostKeyAlias=${requireHostAlias(hostKey.alias)}`,
    'StrictHostKeyChecking=yes',
    'UpdateHostKeys=no',
    // Of the other kinds a key has more than one algorithm.
    ...(hostKey.type === 'ssh-ed25519' ? ['HostKeyAlgorithms=ssh-ed25519'] : []),
    ...(key === null ? [] : ['IdentitiesOnly=yes']),
  ];
  return {
    kind: 'process',
    node: node.name,
    file: program,
    args: [
      ...options.flatMap((option) => ['-o', option]),
      ...(key === null ? [] : ['-i', sshPath(key.path, context.platform)]),
      ...(proxy === undefined ? [] : ['-J', proxy]),
      sshDestination(nodes.user, address),
    ],
    env: {},
    cwd: null,
  };
}
