import { advice, runProgram } from '../../../model/remedy.ts';
import { join } from 'node:path';
import type { WorkContext } from '../../../engine/provider.ts';
import type { Surroundings } from '../../../base/surroundings.ts';

/** AWS's shared files, of this engine's person, as the SDK names them. */
export function sharedFiles({ env, home }: Pick<Surroundings, 'env' | 'home'>): {
  readonly filepath: string;
  readonly configFilepath: string;
} {
  return {
    filepath: env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws', 'credentials'),
    configFilepath: env['AWS_CONFIG_FILE'] ?? join(home, '.aws', 'config'),
  };
}
import { ClusterError } from '../../../model/errors.ts';

/**
 * The region: the option, `AWS_REGION` (or the older `AWS_DEFAULT_REGION`), the profile's, us-east-1.
 */
export async function regionOf({
  values,
  env,
  home,
}: Pick<WorkContext, 'values' | 'env' | 'home'>): Promise<string> {
  const named = values.ec2Region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  // A profile that was named is looked at in any case: a mistyped one is an error of its own.
  if (named && values.ec2Profile === undefined) return named;
  const profile = await sharedProfile(values.ec2Profile ?? env['AWS_PROFILE'], { env, home });
  return named || (profile?.['region'] ?? 'us-east-1');
}

/** All regions to look for clusters in: the one that is configured, first, and the others that were named. */
export async function regionsOf(
  context: Pick<WorkContext, 'values' | 'env' | 'home'>,
): Promise<string[]> {
  return [...new Set([await regionOf(context), ...context.values.ec2Regions])];
}

/**
 * A profile of AWS's shared files, the default one unless it is named.
 *
 * @returns `undefined` if there is no default one
 * @throws ClusterError `AWS_CREDENTIALS_MISSING` if there is none of that name
 */
async function sharedProfile(
  name: string | undefined,
  { env, home }: Pick<WorkContext, 'env' | 'home'>,
): Promise<Readonly<Record<string, string | undefined>> | undefined> {
  const { loadSharedConfigFiles } = await import('@smithy/shared-ini-file-loader');
  const { configFile, credentialsFile } = await loadSharedConfigFiles({
    ...sharedFiles({ env, home }),
    ignoreCache: true,
  });
  const key = name ?? 'default';
  const [config, credentials] = [configFile[key], credentialsFile[key]];
  if (config !== undefined || credentials !== undefined) return { ...credentials, ...config };
  if (!name) return undefined;
  const there = [...new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)])]
    .filter((other) => !other.includes('.'))
    .sort();
  throw new ClusterError('AWS_CREDENTIALS_MISSING', `The AWS profile "${name}" was not found.`, {
    remedies:
      there.length === 0
        ? [runProgram('Configure the profile.', 'aws', 'configure', 'sso', '--profile', name)]
        : advice(`Use one of these profiles: ${there.join(', ')}.`),
  });
}
