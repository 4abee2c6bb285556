import { existsSync, readFileSync, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import { ClusterError } from '../model/errors.ts';

/** What it takes to know where a configuration may be. */
export interface ConfigPlaces {
  /** The current folder. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's home folder. */
  readonly home: string;
  /** As Node names it: `linux`, `darwin`, `win32`, … */
  readonly platform: string;
}

/**
 * The configuration file to read: the named one, `./flintrock.yaml`, `./config.yaml` if it is one of ours, or the person's own.
 *
 * @returns an absolute path, or `undefined` if there is none
 * @throws ClusterError `CONFIG_NOT_FOUND` if the named one isn't there
 */
export function findConfigFile(
  places: ConfigPlaces & { readonly explicit?: string | undefined },
): string | undefined {
  const { explicit, cwd } = places;
  const path = pathsOf(places);
  if (explicit !== undefined) {
    const file = path.resolve(cwd, explicit);
    if (explicit !== '' && isFile(file)) return file;
    throw new ClusterError('CONFIG_NOT_FOUND', `There is no configuration file "${explicit}".`, {
      hint: 'Check the path, or write a file with "flintrock configure".',
      details: { file },
    });
  }
  const named = path.join(cwd, 'flintrock.yaml');
  if (isFile(named)) return named;
  const shared = path.join(cwd, 'config.yaml');
  if (isFile(shared) && isOurs(shared)) return shared;
  const user = userConfigFile(places);
  return isFile(user) ? user : undefined;
}

/**
 * The person's own configuration file, whether it exists or not: where the Python tool has it too.
 *
 * @example `~/.config/flintrock/config.yaml` on Linux
 */
export function userConfigFile(places: Omit<ConfigPlaces, 'cwd'>): string {
  const { env, home, platform } = places;
  const path = pathsOf(places);
  // An empty variable is as good as none.
  const folder = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  if (platform === 'win32') return path.join(folder('APPDATA') ?? home, 'Flintrock', 'config.yaml');
  if (platform === 'darwin')
    return path.join(home, 'Library', 'Application Support', 'Flintrock', 'config.yaml');
  const config = folder('XDG_CONFIG_HOME') ?? path.join(home, '.config');
  return path.join(config, 'flintrock', 'config.yaml');
}

/** The largest file that is looked at; {@link loadConfig} refuses larger ones too. */
export const maxFileBytes = 1_000_000;

const modeline = /^#\s*yaml-language-server:\s*\$schema\s*=\s*\S*flintrock/im;
const ourContents = /^(?:services|launch|["'](?:services|launch)["'])\s*:/m;
const ourProviders = /^(?:providers?|ec2|["'](?:providers?|ec2)["'])\s*:/m;

/**
 * Whether the text of a `config.yaml` is a configuration of ours: the name is everybody's, and `services:` is in each Compose file.
 *
 * It looks at lines, not at YAML: commands that find no file of ours are not to load a YAML parser for that.
 */
export function isOurConfig(text: string): boolean {
  return modeline.test(text) || (ourContents.test(text) && ourProviders.test(text));
}

function isOurs(file: string): boolean {
  try {
    return (
      statSync(file).size <= maxFileBytes &&
      isOurConfig(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''))
    );
  } catch {
    // Not readable: then it isn't for us. A named file would be an error.
    return false;
  }
}

function isFile(file: string): boolean {
  return existsSync(file) && statSync(file).isFile();
}

function pathsOf({ platform }: Pick<ConfigPlaces, 'platform'>): typeof posix {
  return platform === 'win32' ? win32 : posix;
}
