import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Surroundings } from '../model/surroundings.ts';

/** Finds the system's `ssh`, which knows the person's agent and settings; `undefined` if there is none. */
export async function findSsh({
  env,
  platform,
}: Pick<Surroundings, 'env' | 'platform'>): Promise<string | undefined> {
  const name = platform === 'win32' ? 'ssh.exe' : 'ssh';
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, name);
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}
