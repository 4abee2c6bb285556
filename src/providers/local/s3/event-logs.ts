import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventLogFolder, WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { listS3Logs } from '../../../node/services/s3/event-logs.ts';
import { s3Problem } from '../../../node/services/s3/s3.ts';
import type { LocalCluster } from '../records/records.ts';
import { runS3Shell } from './s3-shell.ts';

/** Opens the event logs that a cluster’s jobs write to S3, with the credentials of the user. */
export function openS3Logs(
  cluster: LocalCluster,
  folder: string,
  context: WorkContext,
): EventLogFolder {
  return {
    remains: folder,
    list: () => listS3Logs(folder, 'user', (command) => runS3Shell(cluster, command, context)),
    read: ({ path }) => readS3File(cluster, `${folder}/${path}`, context),
    close: () => Promise.resolve(),
  };
}

async function* readS3File(
  cluster: LocalCluster,
  path: string,
  context: WorkContext,
): AsyncGenerator<Uint8Array> {
  const draft = await mkdtemp(join(cluster.folder, '.s3-'));
  try {
    const copy = join(draft, 'log');
    const { code, stderr } = await runS3Shell(cluster, ['-get', path, copy], context);
    if (code !== 0) {
      const { message, remedies } = s3Problem(path, stderr, 'user') ?? {
        message: `${path} was deleted.`,
        remedies: [],
      };
      throw new ClusterError('S3_UNAVAILABLE', message, { remedies });
    }
    yield* createReadStream(copy, { highWaterMark: 256 * 1024 }) as AsyncIterable<Uint8Array>;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
