import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../../../base/json-file.ts';
import type { LocalCluster } from './records.ts';

/** The secret by which a cluster's parts know each other: made once, kept in a file for its owner only. */
export async function clusterSecret(cluster: Pick<LocalCluster, 'folder'>): Promise<string> {
  const path = join(cluster.folder, 'secret');
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!isMissing(error)) throw error;
    const secret = randomBytes(32).toString('hex');
    await writeFile(path, secret, { mode: 0o600, flag: 'wx' });
    return secret;
  }
}
