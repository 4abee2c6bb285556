import { findSsh } from '../../../base/machine/find-program.ts';
import type { WorkContext } from '../../../engine/provider.ts';
import type { ClusterNode } from '../../../model/cluster/cluster.ts';
import type { LoginSession } from '../../../model/session.ts';
import { requireHostAlias, sshDestination, sshPath, sshWord } from '../../../model/ssh/text.ts';
import { keepPublicKey, knownHostsPath } from '../api/local-state.ts';
import type { Ec2Cluster } from '../inventory/observe.ts';
import { noAddress, type NodeAccess, reachableAddress } from './node-access.ts';

/**
 * What a user's configuration may say of every host (`Host *`), and what would keep a login from being one: of each option, `ssh` takes
 * the value that it is given first.
 */
function firstWord(proxy: string | undefined, command: string | undefined): readonly string[] {
  return [
    'Port=22',
    'CanonicalizeHostname=no',
    'PreferredAuthentications=publickey',
    'PubkeyAuthentication=yes',
    'RemoteCommand=none',
    'RequestTTY=auto',
    // A connection that another host's settings left open would be taken for ours.
    'ControlPath=none',
    'ControlMaster=no',
    // `ssh` has its own meaning of `%`.
    ...(command !== undefined
      ? [`ProxyCommand=${command.replaceAll('%', '%%')}`]
      : proxy === undefined
        ? ['ProxyJump=none', 'ProxyCommand=none']
        : []),
  ];
}

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
  const { key, publicKey } = await nodes.identity();
  // A key that OpenSSH doesn't take, this program takes all the same: whatever else works with it, a shell does, too.
  if (program === undefined || key?.isForSsh === false)
    return {
      kind: 'shell',
      node: node.name,
      reason: program === undefined ? 'no-ssh' : 'key',
      open: async (size, terminal) => {
        const connection = await nodes.open(node, context.signal);
        const channel = await connection.shell(size, terminal);
        channel.once('close', () => void connection.close());
        return channel;
      },
    };
  const hostKey = await nodes.hostKey(node, context.signal);
  const keyFile =
    key?.path ??
    // The agent is asked for the one key that fits, which `ssh` knows by its public half.
    (publicKey === null ? null : await keepPublicKey(cluster, publicKey, context));
  const proxy = context.values.ec2SshProxy;
  const knownHosts = knownHostsPath(cluster, context);
  const options = [
    `UserKnownHostsFile=${sshWord(sshPath(knownHosts, context.platform))}`,
    // Whatever name a configuration makes of it.
    `HostName=${address.replaceAll('%', '%%')}`,
    `HostKeyAlias=${requireHostAlias(hostKey.alias)}`,
    'StrictHostKeyChecking=yes',
    'UpdateHostKeys=no',
    // Of the other kinds a key has more than one algorithm.
    ...(hostKey.type === 'ssh-ed25519' ? ['HostKeyAlgorithms=ssh-ed25519'] : []),
    ...(keyFile === null ? [] : ['IdentitiesOnly=yes']),
    ...firstWord(proxy, nodes.proxyCommand(node)),
  ];
  return {
    kind: 'process',
    node: node.name,
    file: program,
    args: [
      ...options.flatMap((option) => ['-o', option]),
      ...(keyFile === null ? [] : ['-i', sshPath(keyFile, context.platform)]),
      ...(proxy === undefined ? [] : ['-J', proxy]),
      sshDestination(nodes.user, address),
    ],
    env: {},
    cwd: null,
  };
}
