import type { Cluster } from './cluster.ts';

/** Which page of a cluster: one that a service always has, or those of the applications that run (`jobs`). */
export type WebPageId = 'spark' | 'jobs' | 'hdfs';

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
    { id: 'jobs', label: 'Spark jobs' },
  ],
  hdfs: [{ id: 'hdfs', label: 'HDFS' }],
};

/** The web pages that a cluster has now. */
export function webPages({ services }: Pick<Cluster, 'services'>): WebPage[] {
  return services.flatMap(({ name, ui }) =>
    ui === null ? [] : (labels[name] ?? []).map((page) => ({ ...page, address: ui })),
  );
}
