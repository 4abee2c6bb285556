import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../base/json-file.ts';
import { type EventLogFile, isEventLogPath } from '../model/history/event-log.ts';

/** More files than anybody’s applications leave. */
const maxFiles = 100_000;

/**
 * The files of event logs in a folder of this machine. Links and whatever else jobs may have put there are passed over.
 *
 * @returns none if there is no such folder
 */
export async function listLocalLogs(folder: string): Promise<EventLogFile[]> {
  const files: EventLogFile[] = [];
  for (const name of await namesIn(folder)) {
    if (!isEventLogPath(name) || files.length >= maxFiles) continue;
    const found = await lstat(join(folder, name)).catch(() => undefined);
    if (found?.isFile() === true) files.push(fileOf(name, found));
    if (found?.isDirectory() !== true) continue;
    for (const inside of await namesIn(join(folder, name))) {
      const path = `${name}/${inside}`;
      if (!isEventLogPath(path)) continue;
      const file = await lstat(join(folder, path)).catch(() => undefined);
      if (file?.isFile() === true) files.push(fileOf(path, file));
    }
  }
  return files;
}

/** The bytes of such a file. */
export function readLocalLog(folder: string, { path }: EventLogFile): AsyncIterable<Uint8Array> {
  return createReadStream(join(folder, path), { highWaterMark: 256 * 1024 });
}

function fileOf(path: string, { size, mtimeMs }: { size: number; mtimeMs: number }): EventLogFile {
  return { path, bytes: size, modifiedAt: mtimeMs };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    // It may go while one looks at it.
    if (isMissing(error)) return [];
    throw error;
  }
}
