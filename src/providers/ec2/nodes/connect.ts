import { randomBytes } from 'node:crypto';
import type { ConnectServer, WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { waitFor } from '../../../model/wait.ts';
import { nodeLayout, nodePorts, nodeUnits } from '../../../node/layout.ts';
import { connectArguments, connectTokenVariable } from '../../../node/services/connect.ts';
import { pythonPackagesFolder } from '../../../node/services/python-packages.ts';
import type { SshConnection } from '../../../ssh/connection.ts';
import { configuredProperties } from './configured-properties.ts';
import { isServiceActive, type MasterService, startService } from './master-service.ts';
import { readPythonVersion } from './python-version.ts';

/** How long the server may take to listen, in milliseconds: a JVM that begins on a small machine. */
const startLimitMs = 120_000;

/**
 * See `Tunnel.serveConnect`. It runs as the user who logs in, until the machine is stopped.
 *
 * @param ssh for commands
 * @param way that its clients will come by
 */
export async function serveConnect(
  ssh: SshConnection,
  way: Pick<SshConnection, 'forward' | 'lost'>,
  conf: Readonly<Record<string, string>>,
  { clock, signal }: WorkContext,
): Promise<ConnectServer> {
  const configured = await configuredProperties(ssh, signal);
  const answer = await ssh.execOrThrow(
    startCommand(conf, configured),
    'The master could not start the Spark Connect server',
    signal,
    // Not among the arguments, which any user of the machine can read.
    { input: `${connectTokenVariable}=${randomBytes(32).toString('hex')}\n` },
  );
  const port = nodePorts.connect;
  const listens = waitFor(
    async () => {
      try {
        const stream = await way.forward('127.0.0.1', port);
        stream.destroy();
        return true;
      } catch (error) {
        if (way.lost !== undefined) throw error;
      }
      const ended = await ssh.exec(endedCommand, signal);
      if (ended.code !== 0) return undefined;
      throw new ClusterError(
        'NODE_FAILED',
        `The Spark Connect server ended: ${ended.stdout.trim().split('\n').at(-1) ?? ''}.`,
      );
    },
    {
      clock,
      signal,
      reason: () => 'the Spark Connect server on the master',
      limitMs: startLimitMs,
      everyMs: 300,
    },
  );
  const [python] = await Promise.all([readPythonVersion(ssh, signal), listens]);
  return {
    host: '127.0.0.1',
    port,
    token: answer.trim().slice(connectTokenVariable.length + 1),
    pythonVersion: python ?? null,
  };
}

// The token's file is made before anything stands in it, and systemd reads it as root.
function startCommand(
  conf: Readonly<Record<string, string>>,
  configured: ReadonlySet<string>,
): string {
  const file = nodeLayout.connectToken;
  // What was installed for clients: Python that runs in the server itself gets it by the unit.
  const name = 'spark.executorEnv.PYTHONPATH';
  const own = conf[name];
  const path = own === undefined ? pythonPackagesFolder : `${pythonPackagesFolder}:${own}`;
  const properties = connectArguments(nodePorts.connect, { ...conf, [name]: path }, configured);
  const connect: MasterService = {
    unit: nodeUnits.sparkConnect,
    description: 'Spark Connect',
    service: [
      `EnvironmentFile=${file}`,
      `Environment=LC_ALL=C.UTF-8 PYTHONPATH=${pythonPackagesFolder}`,
      `ExecStart=${[nodeLayout.sparkSubmit, ...properties].map(unitWord).join(' ')}`,
    ],
  };
  return [
    'read -r token',
    `if ${isServiceActive(connect)} && sudo -n test -s ${file}; then sudo -n cat ${file}; exit; fi`,
    `printf '%s\\n' "$token" | sudo -n sh -c 'umask 077; rm -f ${file}; cat >${file}'`,
    `${startService(connect)} && printf '%s\\n' "$token"`,
  ].join('\n');
}

/** Prints the last line of the server's log, and succeeds, if it has ended and isn't started again. */
const endedCommand = `case $(sudo -n systemctl is-active ${nodeUnits.sparkConnect}) in failed|inactive) sudo -n journalctl -u ${nodeUnits.sparkConnect} -o cat -n 200 | grep -E 'ERROR|Exception|Error:' | tail -n 1; exit 0;; esac; exit 1`;

/** A word of `ExecStart`, in a here-document that a shell expands (`systemd.service(5)`, "Command lines"). */
function unitWord(word: string): string {
  const escaped = word
    .replaceAll('%', '%%')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('$', '$$$$');
  const quoted = /^[\w./:=@%+-]+$/.test(escaped) ? escaped : `"${escaped}"`;
  // What the shell itself would expand.
  return quoted.replaceAll('\\', '\\\\').replaceAll('$', '\\$').replaceAll('`', '\\`');
}
