import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What it takes to find AWS's own files. */
interface AwsPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** Names of the AWS profiles of this machine: the section heads of AWS's two files, and nothing of what stands below them. */
export async function awsProfiles({ env, home }: AwsPlaces): Promise<string[]> {
  const texts = await Promise.all(
    [
      env['AWS_CONFIG_FILE'] ?? join(home, '.aws', 'config'),
      env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws', 'credentials'),
    ].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  return profilesIn(texts.join('\n'));
}

/** The profiles that section heads name: `[default]`, `[profile dev]`, `[dev]`. */
export function profilesIn(text: string): string[] {
  const names = [...text.matchAll(/^[ \t]*\[\s*(?:profile\s+)?([^\]]+?)\s*\]/gm)]
    .map(([, name = '']) => name)
    .filter((name) => !/^(sso-session|services)\s/.test(name));
  return [...new Set(names)].sort((a, b) => a.localeCompare(b));
}
