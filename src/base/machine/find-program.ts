import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Surroundings } from '../surroundings.ts';

/**
 * Finds a program on the path; `undefined` if there is none. Never in the current folder, which may be anybody's, whatever the path
 * says: a program's bare name would be looked for there too, on Windows before anywhere else.
 */
export async function findProgram(
  name: string,
  { env, platform }: { readonly env: Surroundings['env']; readonly platform: string },
): Promise<string | undefined> {
  const file = platform === 'win32' ? `${name}.exe` : name;
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(isAbsolute)) {
    const path = join(folder, file);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

/** Finds the system's `ssh`, which knows the user's agent and settings; `undefined` if there is none. */
export async function findSsh({
  env,
  platform,
}: Pick<Surroundings, 'env' | 'platform'>): Promise<string | undefined> {
  return findProgram('ssh', { env, platform });
}
