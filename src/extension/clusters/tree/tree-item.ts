import { type Cluster, type ClusterNode, mayHaveJobs } from '../../../model/cluster/cluster.ts';
import { type WebPage, webPages } from '../../../model/cluster/web-page.ts';
import type { Job } from '../../../model/job.ts';
import { formatPlace } from '../../../text/places.ts';
import { english, type Translate } from '../../../text/translate.ts';
import { clusterKey } from '../cluster-ref.ts';
import type { Listing, ListingProblem } from '../listing.ts';
import type { TagFilter } from '../view-options.ts';

/** So many jobs of a cluster are shown. */
const mostJobs = 50;

/** A row of the tree: a value, made again at each look. */
export type TreeItem =
  | {
      readonly kind: 'group';
      readonly id: string;
      readonly label: string;
      readonly clusters: readonly Cluster[];
    }
  | {
      readonly kind: 'cluster';
      readonly id: string;
      readonly cluster: Cluster;
      /** Whether its place could not be asked the last time: this is how it was. */
      readonly isOld?: boolean;
    }
  | { readonly kind: 'workers'; readonly id: string; readonly cluster: Cluster }
  | {
      readonly kind: 'node';
      readonly id: string;
      readonly cluster: Cluster;
      readonly node: ClusterNode;
    }
  | { readonly kind: 'uis'; readonly id: string; readonly cluster: Cluster }
  | {
      readonly kind: 'ui';
      readonly id: string;
      readonly cluster: Cluster;
      readonly page: WebPage;
    }
  | { readonly kind: 'jobs'; readonly id: string; readonly cluster: Cluster }
  | {
      readonly kind: 'job';
      readonly id: string;
      readonly cluster: Cluster;
      readonly job: Job;
    }
  | { readonly kind: 'problem'; readonly id: string; readonly problem: ListingProblem };

/** The row under which a cluster's jobs are. */
export type JobsItem = TreeItem & { readonly kind: 'jobs' };
/** The row of a job. */
export type JobItem = TreeItem & { readonly kind: 'job' };

/** Jobs as rows, the newest first; of very many the newest. */
export function jobItems({ id, cluster }: JobsItem, jobs: readonly Job[]): JobItem[] {
  return jobs
    .slice(0, mostJobs)
    .map((job) => ({ kind: 'job', id: `${id}/${job.id}`, cluster, job }));
}

/** What groups may be made of, beside tags. */
export const locationGrouping = 'place';

/** Whether a cluster is seen through a filter. */
export function passes({ tags }: Cluster, filter: TagFilter | undefined): boolean {
  if (filter === undefined) return true;
  const value = tags[filter.key];
  return value !== undefined && (filter.value === '' || filter.value === value);
}

/** The top of the tree. */
export function rootItems(
  { clusters, problems }: Pick<Listing, 'clusters' | 'problems'>,
  {
    groupBy,
    filter,
  }: { readonly groupBy: string | undefined; readonly filter: TagFilter | undefined },
  translate: Translate = english,
): TreeItem[] {
  const seen = clusters.filter((cluster) => passes(cluster, filter));
  const rows =
    groupBy === undefined
      ? seen.map((cluster) => clusterItem(cluster, ''))
      : groups(seen, groupBy, translate);
  return [
    ...rows,
    ...problems.map((problem): TreeItem => ({
      kind: 'problem',
      id: `problem/${problem.where}/${problem.code}`,
      problem: { ...problem, known: problem.known.filter((cluster) => passes(cluster, filter)) },
    })),
  ];
}

function groups(clusters: readonly Cluster[], groupBy: string, translate: Translate): TreeItem[] {
  const none = translate('No "{0}" tag', groupBy);
  const found = new Map<string, Cluster[]>();
  for (const cluster of clusters) {
    const value = cluster.tags[groupBy];
    const label =
      groupBy === locationGrouping
        ? locationText(cluster, translate)
        : value === undefined
          ? none
          : `${groupBy}: ${value}`;
    found.set(label, [...(found.get(label) ?? []), cluster]);
  }
  return [...found]
    .sort(([a], [b]) => Number(a === none) - Number(b === none) || a.localeCompare(b))
    .map(([label, members]) => ({ kind: 'group', id: `group/${label}`, label, clusters: members }));
}

function locationText(cluster: Cluster, translate: Translate): string {
  return cluster.provider === 'local'
    ? translate('Local machine')
    : formatPlace(cluster, translate);
}

function clusterItem(cluster: Cluster, parent: string): TreeItem {
  return { kind: 'cluster', id: `${parent}${clusterKey(cluster)}`, cluster };
}

/** What stands under a row. */
export function childItems(item: TreeItem): TreeItem[] {
  switch (item.kind) {
    case 'group':
      return item.clusters.map((cluster) => clusterItem(cluster, `${item.id}/`));
    case 'cluster': {
      const { id, cluster } = item;
      const { master, workers } = cluster;
      return [
        ...(master === null
          ? []
          : [{ kind: 'node', id: `${id}/${master.id}`, cluster, node: master } as const]),
        ...(workers.length === 0
          ? []
          : [{ kind: 'workers', id: `${id}/workers`, cluster } as const]),
        ...(webPages(cluster).length === 0
          ? []
          : [{ kind: 'uis', id: `${id}/uis`, cluster } as const]),
        ...(mayHaveJobs(cluster) ? [{ kind: 'jobs', id: `${id}/jobs`, cluster } as const] : []),
      ];
    }
    case 'workers':
      return item.cluster.workers.map((node) => ({
        kind: 'node',
        id: `${item.id}/${node.id}`,
        cluster: item.cluster,
        node,
      }));
    case 'uis':
      return webPages(item.cluster).map((page) => ({
        kind: 'ui',
        id: `${item.id}/${page.id}`,
        cluster: item.cluster,
        page,
      }));
    case 'problem':
      return item.problem.known.map((cluster) => ({
        kind: 'cluster',
        id: `${item.id}/${clusterKey(cluster)}`,
        cluster,
        isOld: true,
      }));
    case 'node':
    case 'ui':
    case 'job':
    // Those are asked for.
    case 'jobs':
      return [];
  }
}
