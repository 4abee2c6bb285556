import type { WorkContext } from '../../../engine/provider.ts';
import {
  sparkClasses,
  sparkDaemonOptions,
  sparkHistoryProperties,
} from '../../../node/services/spark.ts';
import { type LocalCluster, makeFolder } from '../records/records.ts';
import { sparkClassPath } from '../software/class-archive.ts';
import { daemonEnvironment, eventsFolder } from './environment.ts';
import { serveBeside, type SideServer } from './side-servers.ts';

/** The server that shows the jobs that ran. */
export const historyServer: SideServer = {
  name: 'history',
  what: 'the history server',
  portWord: '-Dspark.history.ui.port=',
};

/** Starts a cluster's history server, unless it runs; gives its port. */
export function serveHistory(cluster: LocalCluster, context: WorkContext): Promise<number> {
  const { record } = cluster;
  return serveBeside(
    cluster,
    historyServer,
    async (free) => {
      await makeFolder(eventsFolder(cluster));
      return {
        args: [
          ...sparkDaemonOptions(record.java.major),
          ...sparkHistoryProperties(eventsFolder(cluster), free).map(
            ([key, value]) => `-D${key}=${value}`,
          ),
          '-cp',
          sparkClassPath(record.spark.home).join(':'),
          sparkClasses.history,
        ],
        env: daemonEnvironment(cluster, context),
      };
    },
    context,
  );
}
