import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stateFolder, type Surroundings } from '../base/surroundings.ts';

type StateSource = Pick<Surroundings, 'env' | 'home' | 'platform'>;

/** File of an environment that holds its id. */
const idFile = '.flintrock';

/**
 * Remembers that an environment is of our making. Its id stands in it and in the user's state folder: one that came with a folder of
 * somebody else can't claim to be it.
 */
export async function rememberEnvironment(folder: string, source: StateSource): Promise<void> {
  const id = randomUUID();
  const file = await recordOf(folder, source);
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  await writeFile(file, id, { mode: 0o600 });
  await writeFile(join(folder, idFile), id, { mode: 0o600 });
}

/** Whether an environment is of our making. */
export async function isOwnEnvironment(folder: string, source: StateSource): Promise<boolean> {
  try {
    const [known, id] = await Promise.all([
      readFile(await recordOf(folder, source), 'utf8'),
      readFile(join(folder, idFile), 'utf8'),
    ]);
    return known !== '' && known === id;
  } catch {
    // Not there, or not to be read: then it is somebody else's.
    return false;
  }
}

async function recordOf(folder: string, source: StateSource): Promise<string> {
  const name = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 32);
  return join(stateFolder(source), 'python-environments', name);
}
