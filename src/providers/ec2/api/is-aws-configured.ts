import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Surroundings } from '../../../base/surroundings.ts';

/** Variables by which AWS's own tools are told who somebody is (AWS SDKs and Tools Reference Guide, "Environment variables"). */
const variables = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

/**
 * Whether AWS is set up for this person: there is a reason to look for clusters on EC2 though nobody said so. Asks nobody; it
 * never decides where a cluster is launched.
 */
export async function isAwsSetUp({
  env,
  home,
}: Pick<Surroundings, 'env' | 'home'>): Promise<boolean> {
  if (variables.some((name) => env[name])) return true;
  const files = [
    env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws', 'credentials'),
    env['AWS_CONFIG_FILE'] ?? join(home, '.aws', 'config'),
  ];
  const found = await Promise.all(
    files.map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
