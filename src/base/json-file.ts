import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes an object as JSON so that a reader sees the old or the new file, never a half. On a full disk it is written over the old one, if
 * it isn't longer: what makes room must be able to say so.
 *
 * The file is for its owner only.
 */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  const text = `${JSON.stringify(value, null, 2)}\n`;
  try {
    await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    if (!isDiskFull(error) || !(await overwrite(path, text))) throw error;
  }
}

/** Writes over a file in one go, where the disk has no room for another one; `false` if the text doesn't fit. */
async function overwrite(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'r+');
    try {
      const { size } = await file.stat();
      const bytes = Buffer.alloc(size, '\n');
      if (bytes.write(text) < Buffer.byteLength(text)) return false;
      return (await file.write(bytes, 0, size, 0)).bytesWritten === size;
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

/** Whether an error says that there is no room on the disk. */
function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/**
 * Reads an object that {@link writeJsonFile} wrote.
 *
 * @returns `undefined` if there is no such file
 * @throws SyntaxError if it holds no JSON
 */
export async function readJsonFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether an error says that a file or folder isn't there. */
export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
