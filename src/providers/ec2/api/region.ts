import type { WorkContext } from '../../../engine/provider.ts';
import { sharedProfile } from './shared-config.ts';

/** The regions that every account may use, and those that it must opt in to. */
export const awsRegions = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'ca-central-1',
  'ca-west-1',
  'sa-east-1',
  'mx-central-1',
  'eu-central-1',
  'eu-central-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'af-south-1',
  'ap-east-1',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-7',
] as const;

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
