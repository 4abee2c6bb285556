import type { EventLogFolder } from '../../../engine/provider.ts';
import { type EventLogFile, isEventLogPath } from '../../../model/history/event-log.ts';
import { nodeLayout } from '../../../node/layout.ts';
import type { SshConnection } from '../../../ssh/connection.ts';
import { RemoteFiles } from '../../../ssh/sftp.ts';
import { eventLogFolderOnS3, openS3Logs } from './packages/s3.ts';

/** More files than anybody’s applications leave: a listing without end ends. */
const maxFiles = 100_000;

/**
 * Opens the event logs on a master, as the user who logs in: those of other users’ jobs can’t be read. Or those on S3, if they are there.
 *
 * @param ssh is closed with them
 */
export async function openEventLogs(
  ssh: SshConnection,
  signal: AbortSignal,
): Promise<EventLogFolder> {
  try {
    const onS3 = await eventLogFolderOnS3(ssh, signal);
    if (onS3 !== undefined) return openS3Logs(ssh, onS3, signal);
    const files = await RemoteFiles.open(ssh, signal);
    return {
      list: () => listLogs(files),
      read: ({ path, bytes }) => files.read(`${nodeLayout.sparkEvents}/${path}`, bytes),
      close: async () => {
        files.end();
        await ssh.close();
      },
    };
  } catch (error) {
    await ssh.close();
    throw error;
  }
}

async function listLogs(files: RemoteFiles): Promise<EventLogFile[]> {
  const root = nodeLayout.sparkEvents;
  if ((await files.stat(root))?.isDirectory() !== true) return [];
  const found: EventLogFile[] = [];
  const folders: string[] = [];
  await look('');
  for (const folder of folders) await look(`${folder}/`);
  return found;

  async function look(inside: string): Promise<void> {
    let seen = 0;
    for await (const batch of files.list(`${root}/${inside}`)) {
      // An empty answer counts too: they could come for ever.
      seen += Math.max(1, batch.length);
      if (seen > maxFiles || found.length > maxFiles) return;
      for (const { name, stats } of batch) {
        const path = `${inside}${name}`;
        if (!isEventLogPath(path)) continue;
        // No link is followed: jobs write here, and this user’s own files are no event logs.
        const entry = stats ?? (await files.lstat(`${root}/${path}`));
        if (entry?.isFile() === true)
          found.push({ path, bytes: entry.size, modifiedAt: entry.mtime * 1000 });
        else if (inside === '' && entry?.isDirectory() === true) folders.push(name);
      }
    }
  }
}
