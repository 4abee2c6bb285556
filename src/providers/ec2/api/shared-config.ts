import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Surroundings } from '../../../base/surroundings.ts';
import { ClusterError } from '../../../model/errors.ts';
import { advice, runProgram } from '../../../model/remedy.ts';

type Places = Pick<Surroundings, 'env' | 'home'>;

/** AWS's shared files, of this engine's user, as the SDK names them. */
export function sharedFiles({ env, home }: Places): {
  readonly filepath: string;
  readonly configFilepath: string;
} {
  return {
    filepath: env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws', 'credentials'),
    configFilepath: env['AWS_CONFIG_FILE'] ?? join(home, '.aws', 'config'),
  };
}

/** Whether one of AWS's shared files is there. */
export async function hasSharedFiles(places: Places): Promise<boolean> {
  const found = await Promise.all(
    Object.values(sharedFiles(places)).map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

/** Names of the profiles in AWS's shared files, sorted. */
export async function profileNames(places: Places): Promise<string[]> {
  const { configFile, credentialsFile } = await loadSharedFiles(places);
  // What isn't a profile has the kind of its section before its name.
  return [...new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)])]
    .filter((name) => !/^(sso-session|services)\./.test(name))
    .sort((a, b) => a.localeCompare(b));
}

/** The sections of AWS's shared files; empty where there is no file. */
async function loadSharedFiles(places: Places) {
  const { loadSharedConfigFiles } = await import('@smithy/shared-ini-file-loader');
  return loadSharedConfigFiles({ ...sharedFiles(places), ignoreCache: true });
}

/**
 * A profile of AWS's shared files, the default one unless it is named.
 *
 * @returns `undefined` if there is no default one
 * @throws ClusterError `AWS_CREDENTIALS_MISSING` if there is none of that name
 */
export async function sharedProfile(
  name: string | undefined,
  { env, home }: Places,
): Promise<Readonly<Record<string, string | undefined>> | undefined> {
  const { configFile, credentialsFile } = await loadSharedFiles({ env, home });
  const key = name ?? 'default';
  const [config, credentials] = [configFile[key], credentialsFile[key]];
  if (config !== undefined || credentials !== undefined) return { ...credentials, ...config };
  if (!name) return undefined;
  const there = await profileNames({ env, home });
  throw new ClusterError('AWS_CREDENTIALS_MISSING', `The AWS profile "${name}" was not found.`, {
    remedies:
      there.length === 0
        ? [runProgram('Configure the profile.', 'aws', 'configure', 'sso', '--profile', name)]
        : advice(`Use one of these profiles: ${there.join(', ')}.`),
  });
}

/**
 * The environment, with the certificate authorities that a profile names (`ca_bundle`) in the variable that comes before it, as AWS's
 * own tools have it.
 */
export async function withCaBundle(
  name: string | undefined,
  { env, home }: Places,
): Promise<Places['env']> {
  if (env['AWS_CA_BUNDLE']) return env;
  // A profile that isn't there is an error of its own, elsewhere.
  const profile = await sharedProfile(name ?? env['AWS_PROFILE'], { env, home }).catch(
    () => undefined,
  );
  const path = profile?.['ca_bundle']?.trim();
  if (!path) return env;
  return { ...env, AWS_CA_BUNDLE: path.startsWith('~/') ? join(home, path.slice(2)) : path };
}
