import { basename } from 'node:path';
import { clusterNameProblem } from '../../model/cluster/cluster.ts';

/** Name of the local cluster that is a folder's: the folder's own, as far as a cluster can have it. */
export function localClusterName(folder: string): string {
  const name = basename(folder)
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63);
  return clusterNameProblem(name) === undefined ? name : 'workspace';
}
