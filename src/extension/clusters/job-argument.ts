import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import type { Job } from '../../model/job.ts';
import { formatJobEnd } from '../../text/engine/jobs.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { pickOne, showInformation } from '../ui/window.ts';
import { requireCluster } from './cluster-argument.ts';
import { usableStates } from './pick-cluster.ts';
import type { TreeItem } from './tree/tree-item.ts';

/** A job, and the cluster that it is of. */
export interface JobOfCluster {
  readonly cluster: Cluster;
  readonly job: Job;
}

/** Which jobs may be selected, and how to ask for one. */
interface JobRequest {
  readonly title: string;
  /** What to say where there are none. */
  readonly none: string;
  /** @default all */
  readonly only?: (job: Job) => boolean;
}

/** The job that a command is about: that of its row in the tree, or one that the user selects. */
export async function requireJob(
  services: ExtensionServices,
  argument: unknown,
  { title, none, only = () => true }: JobRequest,
): Promise<JobOfCluster | undefined> {
  const item = argument as TreeItem | undefined;
  if (item?.kind === 'job') return { cluster: item.cluster, job: item.job };
  const cluster = await requireCluster(services, undefined, {
    title: vscode.l10n.t('Select a cluster'),
    states: usableStates,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return undefined;
  const jobs = (await services.jobs.list(cluster)).filter(only);
  if (jobs.length === 0) {
    showInformation(none);
    return undefined;
  }
  const items = jobs.map((job) => ({
    label: job.command || job.id,
    description: formatJobEnd(job, vscode.l10n.t),
    detail: job.id,
    job,
  }));
  const picked = await pickOne(items, { title, placeHolder: vscode.l10n.t('Select a job') });
  return picked && { cluster, job: picked.job };
}
