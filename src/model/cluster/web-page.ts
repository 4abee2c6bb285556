import type { Cluster } from './cluster.ts';

/**
 * Which page of a cluster: one that a service always has, those of the applications that run (`jobs`), or of the jobs that ran
 * (`history`), whose server is started by the client that opens it first.
 */
export type WebPageId = (typeof webPageIds)[number];

/** See {@link WebPageId}. */
export const webPageIds = ['spark', 'jobs', 'history', 'hdfs', 'yarn'] as const;

/** A web page of a cluster. */
export interface WebPage {
  readonly id: WebPageId;
  readonly label: string;
  /** Address of the daemon that serves it, as the cluster's nodes know it. */
  readonly address: string;
}

const labels: Readonly<
  Record<string, readonly { readonly id: WebPageId; readonly label: string }[]>
> = {
  // Spark's master passes on to the pages of its applications.
  spark: [
    { id: 'spark', label: 'Spark master' },
    { id: 'jobs', label: 'Running applications' },
    { id: 'history', label: 'History server' },
  ],
  hdfs: [{ id: 'hdfs', label: 'HDFS' }],
  yarn: [{ id: 'yarn', label: 'YARN' }],
};

/** The web pages that a cluster has now. */
export function webPages({
  services,
  launchId,
}: Pick<Cluster, 'services' | 'launchId'>): WebPage[] {
  return services.flatMap(({ name, ui }) =>
    ui === null
      ? []
      : (labels[name] ?? [])
          // The Python tool's clusters keep no record of jobs.
          .filter(({ id }) => id !== 'history' || launchId !== null)
          .map((page) => ({ ...page, address: ui })),
  );
}
