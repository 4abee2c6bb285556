import { type Cluster, hasService } from '../cluster/cluster.ts';

/** Whether a cluster’s logs can be brought home only while it runs, and it doesn’t. */
export function losesHistory(cluster: Cluster): boolean {
  const { provider, master, launchId, eventLogFolder } = cluster;
  return (
    provider === 'ec2' &&
    launchId !== null &&
    eventLogFolder === undefined &&
    master !== null &&
    master.state !== 'running' &&
    hasService(cluster, 'spark')
  );
}
