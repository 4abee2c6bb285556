import type { WorkContext } from '../../../engine/provider.ts';
import { sharedProfile } from './shared-config.ts';

/**
 * The region: the option, `AWS_REGION` (or the older `AWS_DEFAULT_REGION`), the profile's, us-east-1.
 */
export async function regionOf({
  values,
  env,
  home,
}: Pick<WorkContext, 'values' | 'env' | 'home'>): Promise<string> {
  // Out of a file with other line ends, or copied, there may be white space around it.
  const named = (values.ec2Region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'])?.trim();
  // A profile that was named is looked at in any case: a mistyped one is an error of its own.
  if (named && values.ec2Profile === undefined) return named;
  const profile = await sharedProfile(values.ec2Profile ?? env['AWS_PROFILE'], { env, home });
  return named || profile?.['region']?.trim() || 'us-east-1';
}

/** All regions to look for clusters in: the one that is configured, first, and the others that were named. */
export async function regionsOf(
  context: Pick<WorkContext, 'values' | 'env' | 'home'>,
): Promise<string[]> {
  return [...new Set([await regionOf(context), ...context.values.ec2Regions])];
}
