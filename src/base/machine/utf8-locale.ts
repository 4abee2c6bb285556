import type { Surroundings } from '../surroundings.ts';

/**
 * What a program's environment needs so that it takes arguments, file names and output for UTF-8 where no locale is set, as in
 * containers and services: a JVM takes them for ASCII then, and writes `?` for all else. A locale that the user chose stays.
 *
 * @returns nothing, or `LC_ALL`
 */
export function utf8Locale({
  env,
  platform,
}: Pick<Surroundings, 'env' | 'platform'>): Readonly<Record<string, string>> {
  // In the order in which they count (POSIX, "Environment Variables", 8.2).
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(Boolean) ?? 'C';
  if (locale !== 'C' && locale !== 'POSIX') return {};
  // macOS has no `C.UTF-8`.
  return { LC_ALL: platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8' };
}
