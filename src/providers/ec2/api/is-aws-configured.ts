import type { Surroundings } from '../../../base/surroundings.ts';
import { hasSharedFiles } from './shared-config.ts';

/** Variables by which AWS's own tools are told who somebody is (AWS SDKs and Tools Reference Guide, "Environment variables"). */
const variables = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

/**
 * Whether AWS is configured for this user: there is a reason to look for clusters on EC2 though nobody said so. Asks no service; it
 * never decides where a cluster is launched.
 */
export async function isAwsConfigured(
  places: Pick<Surroundings, 'env' | 'home'>,
): Promise<boolean> {
  return variables.some((name) => places.env[name]) || hasSharedFiles(places);
}
