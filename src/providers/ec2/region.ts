import { join } from 'node:path';
import type { WorkContext } from '../../engine/provider.ts';

/**
 * The region: the option, `AWS_REGION` (or the older `AWS_DEFAULT_REGION`), the profile's, us-east-1.
 */
export async function regionOf({
  values,
  env,
  home,
}: Pick<WorkContext, 'values' | 'env' | 'home'>): Promise<string> {
  const named = values.ec2Region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  if (named) return named;
  const profile = values.ec2Profile ?? env['AWS_PROFILE'] ?? 'default';
  const { loadSharedConfigFiles } = await import('@smithy/shared-ini-file-loader');
  const { configFile, credentialsFile } = await loadSharedConfigFiles({
    configFilepath: env['AWS_CONFIG_FILE'] ?? join(home, '.aws', 'config'),
    filepath: env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws', 'credentials'),
    ignoreCache: true,
  });
  return configFile[profile]?.['region'] ?? credentialsFile[profile]?.['region'] ?? 'us-east-1';
}

/** All regions to look for clusters in: the one that is configured, first, and the others that were named. */
export async function regionsOf(
  context: Pick<WorkContext, 'values' | 'env' | 'home'>,
): Promise<string[]> {
  return [...new Set([await regionOf(context), ...context.values.ec2Regions])];
}
