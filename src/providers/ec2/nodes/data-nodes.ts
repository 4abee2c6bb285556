import { nodePorts } from '../../../node/layout.ts';
import { hdfsExcludeFile, hdfsStatusPath, parseHdfsStatus } from '../../../node/services/hdfs.ts';
import type { SshConnection } from '../../../ssh/connection.ts';

/** Whose DataNodes are to lose their data, and whose to keep it, by address; of NodeManagers, who is to lose and keep work. */
export interface DataNodeChange {
  readonly leaving: readonly string[];
  readonly staying: readonly string[];
}

/** Tells the NameNode, by the connection to its machine, which DataNodes get no data any more and lose what they have. */
export async function changeDataNodes(
  ssh: SshConnection,
  master: string,
  change: DataNodeChange,
  signal: AbortSignal,
): Promise<void> {
  const { stdout } = await ssh.exec(`cat ${hdfsExcludeFile}`, signal);
  const before = stdout.split('\n').filter((line) => line !== '');
  if (change.leaving.length === 0 && !before.some((one) => change.staying.includes(one))) return;
  const status = parseHdfsStatus(
    await ssh.get(master, nodePorts.nameNodeUi, hdfsStatusPath, signal),
  );
  const known = new Set(status?.dataNodes.map(({ address }) => address) ?? before);
  const after = excludedAfter(before, known, change).map((address) => `${address}\n`);
  const what = 'The workers to decommission could not be set on the HDFS NameNode';
  await ssh.execOrThrow(excludeCommand, what, signal, { input: after.join('') });
}

/**
 * What the list of excluded DataNodes becomes. One that left stays in it as long as the NameNode takes it for alive, which is
 * minutes: taken off it before, its copies would count again, and others be deleted for them.
 *
 * @param known addresses of DataNodes that the NameNode takes for alive
 */
export function excludedAfter(
  before: readonly string[],
  known: ReadonlySet<string>,
  { leaving, staying }: DataNodeChange,
): string[] {
  const kept = before.filter((address) => known.has(address) && !staying.includes(address));
  return [...new Set([...kept, ...leaving])];
}

/** Takes the new list on stdin. Read again, it counts at once. */
const excludeCommand = `sudo -n sh -c 'umask 022; cat >${hdfsExcludeFile}.new && mv ${hdfsExcludeFile}.new ${hdfsExcludeFile}' && sudo -n -u hdfs /usr/local/bin/hdfs dfsadmin -refreshNodes`;
