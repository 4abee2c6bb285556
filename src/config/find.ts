import { existsSync, readFileSync, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import { ClusterError } from '../model/errors.ts';
import { advice } from '../model/remedy.ts';
import { foldKey, knownRoot } from './options/config-keys.ts';

/** What it takes to know where a configuration may be. */
export interface ConfigPlaces {
  /** The current folder. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  /** As Node names it: `linux`, `darwin`, `win32`, … */
  readonly platform: string;
}

/** A configuration file, and why it is read. */
interface FoundConfig {
  /** Absolute path. */
  readonly file: string;
  /** `named` by the user, lying in the current `folder` (which may be another user's work), or the `user`'s own for all folders. */
  readonly origin: 'named' | 'folder' | 'user';
}

/** What there is. */
interface ConfigSearch {
  /** The one to read; `undefined` if there is none. */
  readonly found: FoundConfig | undefined;
  /** A `config.yaml` of the current folder that isn't ours. */
  readonly passedOver: string | undefined;
}

/**
 * The configuration file to read: the named one, `./flintrock.yaml`, `./config.yaml` if it is one of ours, or the user's own.
 *
 * @throws ClusterError `CONFIG_NOT_FOUND` if the named one isn't there
 */
export function searchConfig(
  places: ConfigPlaces & { readonly explicit?: string | undefined },
): ConfigSearch {
  const { explicit, cwd, home } = places;
  const path = pathsOf(places);
  if (explicit !== undefined) {
    const file = path.resolve(cwd, explicit);
    if (explicit !== '' && isFile(file))
      return { found: { file, origin: 'named' }, passedOver: undefined };
    throw new ClusterError(
      'CONFIG_NOT_FOUND',
      `The configuration file "${explicit}" was not found.`,
      {
        remedies: advice('Check the path, or create the file.'),
        details: { file },
      },
    );
  }
  const user = userConfigFile(places);
  // What lies in the user's own folders was put there by the user.
  const inFolder = (file: string): FoundConfig => ({
    file,
    origin: path.relative(home, cwd) === '' || file === user ? 'user' : 'folder',
  });
  const named = path.join(cwd, 'flintrock.yaml');
  if (isFile(named)) return { found: inFolder(named), passedOver: undefined };
  const shared = path.join(cwd, 'config.yaml');
  const isShared = isFile(shared);
  if (isShared && isOurs(shared)) return { found: inFolder(shared), passedOver: undefined };
  return {
    found: isFile(user) ? { file: user, origin: 'user' } : undefined,
    passedOver: isShared && shared !== user ? shared : undefined,
  };
}

/**
 * The file that {@link searchConfig} finds.
 *
 * @returns an absolute path, or `undefined` if there is none
 * @throws ClusterError `CONFIG_NOT_FOUND` if the named one isn't there
 */
export function findConfigFile(
  places: ConfigPlaces & { readonly explicit?: string | undefined },
): string | undefined {
  return searchConfig(places).found?.file;
}

/**
 * The user's own configuration file, whether it exists or not: where the Python tool has it too.
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

/**
 * Whether the text of a `config.yaml` is a configuration of ours: the name is everybody's, and `services:` is in each Compose file.
 * It is if it says so, or has our sections with a key of ours in each.
 *
 * It looks at lines, not at YAML: commands that find no file of ours are not to load a YAML parser for that.
 */
export function isOurConfig(text: string): boolean {
  if (modeline.test(text)) return true;
  const sections = topSections(text);
  const has = (...names: readonly string[]): boolean =>
    names.some((name) => sections.get(name) === true);
  return has('services', 'launch') && has('providers', 'ec2');
}

/** The sections at the top of a text: for each, whether it is empty or has a key that ours has. */
function topSections(text: string): ReadonlyMap<string, boolean> {
  const sections = new Map<string, boolean>();
  let current: { readonly name: string; indent: number | undefined } | undefined;
  for (const line of text.split(/\r?\n/)) {
    const top = /^["']?([\w-]+)["']?\s*:(.*)$/.exec(line);
    if (top !== null) {
      const [, name = '', rest = ''] = top;
      const first = /^\s*\{\s*["']?([\w-]+)/.exec(rest)?.[1];
      current = { name, indent: undefined };
      sections.set(name, first === undefined || isKnownChild(name, first));
      continue;
    }
    const [, blank = '', key] = /^( +)["']?([\w-]+)["']?\s*:/.exec(line) ?? [];
    if (current === undefined || key === undefined) continue;
    const isFirst = current.indent === undefined;
    current.indent ??= blank.length;
    if (blank.length !== current.indent) continue;
    const known = isKnownChild(current.name, key);
    sections.set(current.name, known || (!isFirst && sections.get(current.name) === true));
  }
  return sections;
}

function isKnownChild(section: string, key: string): boolean {
  const known = knownRoot.children.get(foldKey(section));
  return known?.kind === 'section' && known.children.has(foldKey(key));
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
