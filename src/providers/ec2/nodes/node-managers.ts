import { yarnExcludeFile } from '../../../node/services/yarn/yarn.ts';
import type { SshConnection } from '../../../ssh/connection.ts';
import type { DataNodeChange } from './data-nodes.ts';

/** Tells the ResourceManager, by the connection to its machine, which NodeManagers get no containers any more. */
export async function changeNodeManagers(
  ssh: SshConnection,
  { leaving, staying }: DataNodeChange,
  signal: AbortSignal,
): Promise<void> {
  const { stdout } = await ssh.exec(`cat ${yarnExcludeFile}`, signal);
  const before = stdout.split('\n').filter((line) => line !== '');
  const after = [...new Set([...before, ...leaving])].filter((one) => !staying.includes(one));
  if (after.length === before.length && after.every((one) => before.includes(one))) return;
  const what = 'The workers to decommission could not be set on the YARN ResourceManager';
  await ssh.execOrThrow(excludeCommand, what, signal, {
    input: after.map((address) => `${address}\n`).join(''),
  });
}

/** For how long the ResourceManager lets work on a leaving node go on, in seconds: longer than any client waits, who ends the node then. */
const patienceSeconds = 24 * 60 * 60;

/** Takes the new list on stdin. */
const excludeCommand = `sudo -n sh -c 'umask 022; cat >${yarnExcludeFile}.new && mv ${yarnExcludeFile}.new ${yarnExcludeFile}' && sudo -n -u yarn /usr/local/bin/yarn rmadmin -refreshNodes -g ${patienceSeconds} -server`;
