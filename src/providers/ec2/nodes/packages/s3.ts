import { shellWord } from '../../../../base/shell-word.ts';
import { timeLimit } from '../../../../base/time-limit.ts';
import type { EventLogFolder, WorkContext } from '../../../../engine/provider.ts';
import { ClusterError } from '../../../../model/errors.ts';
import { nodeLayout } from '../../../../node/layout.ts';
import {
  isS3Folder,
  listS3Logs,
  type S3ShellResult,
} from '../../../../node/services/s3/event-logs.ts';
import {
  type NamedPlaces,
  reportS3Problems,
  s3LookLimitMs,
  s3Problem,
  s3ShellProgram,
} from '../../../../node/services/s3/s3.ts';
import type { SshConnection } from '../../../../ssh/connection.ts';
import { RemoteFiles } from '../../../../ssh/sftp.ts';

/** Reads the paths on S3 that a cluster’s options name, from its master, and warns of those that can’t be read. */
export function checkS3(
  ssh: SshConnection,
  places: NamedPlaces,
  { emit, signal }: WorkContext,
): Promise<void> {
  return reportS3Problems(
    places,
    'instances',
    (command) => runS3Shell(ssh, command, signal),
    (problem) => emit('warning', { kind: 'S3_UNAVAILABLE', ...problem }),
  );
}

/** Where the jobs of a cluster write their event logs, as Spark’s configuration on the master says; `undefined` if not on S3. */
export async function eventLogFolderOnS3(
  ssh: SshConnection,
  signal: AbortSignal,
): Promise<string | undefined> {
  const file = `${nodeLayout.sparkConfiguration}/spark-defaults.conf`;
  const { stdout } = await ssh.exec(
    `sudo -n sed -n 's/^spark[.]eventLog[.]dir  *//p' ${file} | tail -n 1`,
    signal,
  );
  const folder = stdout.trim();
  return isS3Folder(folder) ? folder : undefined;
}

/**
 * Opens event logs on S3, by a master whose role may read them.
 *
 * @param ssh is closed with them
 */
export function openS3Logs(
  ssh: SshConnection,
  folder: string,
  signal: AbortSignal,
): EventLogFolder {
  return {
    remains: folder,
    list: () => listS3Logs(folder, 'instances', (command) => runS3Shell(ssh, command, signal)),
    read: ({ path, bytes }) => readFile(ssh, `${folder}/${path}`, bytes, signal),
    close: () => ssh.close(),
  };
}

async function* readFile(
  ssh: SshConnection,
  path: string,
  bytes: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const made = await ssh.execOrThrow(
    'mktemp -d',
    'The master has no room for an event log',
    signal,
  );
  const draft = made.trim();
  const copy = `${draft}/log`;
  try {
    const { code, stderr } = await runS3Shell(ssh, ['-cat', path], signal, copy);
    if (code !== 0) {
      const problem = s3Problem(path, stderr, 'instances');
      throw new ClusterError('S3_UNAVAILABLE', problem?.message ?? `${path} was deleted.`, {
        remedies: problem?.remedies ?? [],
      });
    }
    const files = await RemoteFiles.open(ssh, signal);
    try {
      yield* files.read(copy, bytes);
    } finally {
      files.end();
    }
  } finally {
    await ssh.exec(`rm -rf ${shellWord(draft)}`, timeLimit(10_000)).catch(() => undefined);
  }
}

/**
 * Runs a command of Hadoop’s file system shell on a master, as root, who alone reads how the node reaches the network.
 *
 * @param into file for what it prints, of the user who logs in
 */
function runS3Shell(
  ssh: SshConnection,
  command: readonly string[],
  signal: AbortSignal,
  into?: string,
): Promise<S3ShellResult> {
  const { sparkHome, sparkConfiguration, libraryFolder, stateFolder } = nodeLayout;
  const words = [
    `${sparkHome}/jars/*`,
    `${sparkConfiguration}/spark-defaults.conf`,
    '',
    ...command,
  ];
  // By the node's proxy, if it has one.
  const script = `. ${libraryFolder}/settings.sh; exec bash -s -- "$(cat ${stateFolder}/java)" ${words.map(shellWord).join(' ')}`;
  return ssh.exec(
    `sudo -n bash -c ${shellWord(script)}${into === undefined ? '' : ` >${shellWord(into)}`}`,
    timeLimit(s3LookLimitMs, signal),
    s3ShellProgram,
  );
}
