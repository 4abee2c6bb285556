import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { ConfigPlaces } from '../config/find.ts';

/**
 * Finds a program as a shell does, but never in the current folder.
 *
 * @returns its absolute path, or `undefined` if there is none
 */
export async function findProgram(
  name: string,
  { env, platform }: Pick<ConfigPlaces, 'env' | 'platform'>,
): Promise<string | undefined> {
  const file = platform === 'win32' ? `${name}.exe` : name;
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const path = join(folder, file);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}
