import type { Clock } from './clock.ts';

/** What the engine knows of the process it runs in: handed in by the edges, so that tests can hand in another. */
export interface Surroundings {
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the current folder. */
  readonly cwd: string;
  /** Absolute path of the user's home folder. */
  readonly home: string;
  readonly platform: 'linux' | 'darwin' | 'win32';
  readonly clock: Clock;
  /** Certificate authorities that are trusted beside Node's own, as PEM: in VS Code, those of the system. */
  readonly authorities?: (() => readonly string[]) | undefined;
  /** Whether a proxy that is reached by https may show any certificate. */
  readonly trustsAnyProxy?: boolean | undefined;
}

type PathSource = Pick<Surroundings, 'env' | 'home' | 'platform'>;

function join(platform: Surroundings['platform'], ...parts: string[]): string {
  return parts.join(platform === 'win32' ? '\\' : '/');
}

/**
 * Folder of what must last: local clusters, keys, known hosts.
 *
 * `FLINTROCK_STATE`, else the system's state folder (XDG Base Directory Specification on Linux,
 * `~/Library/Application Support` on macOS, `%LOCALAPPDATA%` on Windows).
 */
export function stateFolder({ env, home, platform }: PathSource): string {
  if (env['FLINTROCK_STATE']) return env['FLINTROCK_STATE'];
  switch (platform) {
    case 'darwin':
      return join(platform, home, 'Library', 'Application Support', 'Flintrock', 'state');
    case 'win32':
      return join(
        platform,
        env['LOCALAPPDATA'] ?? join(platform, home, 'AppData', 'Local'),
        'flintrock',
        'state',
      );
    case 'linux':
      return join(
        platform,
        env['XDG_STATE_HOME'] || join(platform, home, '.local', 'state'),
        'flintrock',
      );
  }
}

/**
 * Folder of what can be fetched again: Spark itself.
 *
 * `FLINTROCK_CACHE`, else the system's cache folder.
 */
export function cacheFolder({ env, home, platform }: PathSource): string {
  if (env['FLINTROCK_CACHE']) return env['FLINTROCK_CACHE'];
  switch (platform) {
    case 'darwin':
      return join(platform, home, 'Library', 'Caches', 'flintrock');
    case 'win32':
      return join(
        platform,
        env['LOCALAPPDATA'] ?? join(platform, home, 'AppData', 'Local'),
        'flintrock',
        'cache',
      );
    case 'linux':
      return join(platform, env['XDG_CACHE_HOME'] || join(platform, home, '.cache'), 'flintrock');
  }
}
