import { ClusterError } from '../../../model/errors.ts';
import { type EventLogFile, isEventLogPath } from '../../../model/history/event-log.ts';
import { type S3Identity, s3Problem } from './s3.ts';

/** How a command of Hadoop’s file system shell ended. */
export interface S3ShellResult {
  /** `null` if it was ended. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of event logs on S3, as options and Spark’s properties name it. */
export function isS3Folder(text: string): boolean {
  return /^s3a:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[\w.=+-]+)+$/.test(text);
}

/**
 * The files of a folder of event logs on S3.
 *
 * @param run runs a command of Hadoop’s file system shell
 * @throws ClusterError `S3_UNAVAILABLE`
 */
export async function listS3Logs(
  folder: string,
  identity: S3Identity,
  run: (command: readonly string[]) => Promise<S3ShellResult>,
): Promise<EventLogFile[]> {
  const { code, stdout, stderr } = await run(['-ls', '-R', folder]);
  if (code !== 0) {
    const problem = s3Problem(folder, stderr, identity);
    // There is no such folder.
    if (problem === undefined) return [];
    throw new ClusterError('S3_UNAVAILABLE', problem.message, { remedies: problem.remedies });
  }
  return parseListing(stdout, folder);
}

/**
 * Reads what `-ls -R` prints: `-rw-rw-rw-   1 ann ann  1234 2026-11-30 20:55 s3a://bucket/events/app-…`; of folders there is nothing but
 * their name, and times are those of UTC.
 */
export function parseListing(text: string, folder: string): EventLogFile[] {
  return text.split('\n').flatMap((line) => {
    const [, bytes = '', day = '', time = '', path = ''] =
      /^-\S*\s.*?\s(\d{1,15}) (\d{4}-\d\d-\d\d) (\d\d:\d\d) (\S+)$/.exec(line) ?? [];
    if (!path.startsWith(`${folder}/`)) return [];
    const inside = path.slice(folder.length + 1);
    if (!isEventLogPath(inside)) return [];
    const modifiedAt = Date.parse(`${day}T${time}Z`);
    return [{ path: inside, bytes: Number(bytes), modifiedAt }];
  });
}
