import { allSavedLogs, readSavedRecord } from '../history/saved-logs.ts';
import type { Engine } from '../support/context.ts';

/** An application whose event log is saved on this machine. */
export interface SavedApplication {
  /** Its id, such as `app-20261130121535-0000`. */
  readonly id: string;
  /** When it ended, or was last heard of; ISO 8601 in UTC. */
  readonly endedAt: string;
}

/** The applications of destroyed clusters of one name. */
export interface SavedCluster {
  readonly cluster: string;
  /** The newest first; at least one. */
  readonly applications: readonly SavedApplication[];
}

/** What is saved on this machine of clusters that were destroyed. */
export interface SavedHistoryList {
  /** The one with the newest application first. */
  readonly clusters: readonly SavedCluster[];
}

/** Lists the event logs that are saved on this machine. */
export async function savedHistory({ surroundings }: Engine): Promise<SavedHistoryList> {
  const clusters = await Promise.all(
    (await allSavedLogs(surroundings)).map(async ({ cluster, logs }) => {
      // A folder's name is the cluster's, but for what no file system takes.
      const record = logs[0] && (await readSavedRecord(logs[0].name, cluster, surroundings));
      return {
        cluster: record?.cluster ?? cluster,
        applications: logs.map(({ application, modifiedAt }) => ({
          id: application,
          endedAt: new Date(modifiedAt).toISOString(),
        })),
      };
    }),
  );
  const newest = ({ applications: [first] }: SavedCluster): string => first?.endedAt ?? '';
  return {
    clusters: clusters.sort((one, other) => newest(other).localeCompare(newest(one))),
  };
}
