import type { WorkContext } from '../../../engine/provider.ts';
import { reportS3Problems } from '../../../node/services/s3/s3.ts';
import type { LocalCluster } from '../records/records.ts';
import { runS3Shell } from './s3-shell.ts';

/** Reads the paths on S3 that a cluster’s options name, and warns of those that can’t be read. The folder of event logs is made. */
export async function checkS3(cluster: LocalCluster, context: WorkContext): Promise<void> {
  const { packages, eventLogFolder, warehouse } = cluster.record;
  if (packages?.s3 !== true) return;
  await reportS3Problems(
    { eventLogFolder, warehouse },
    'user',
    (command) => runS3Shell(cluster, command, context),
    (problem) => context.emit('warning', { kind: 'S3_UNAVAILABLE', ...problem }),
  );
}
