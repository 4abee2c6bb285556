import type { WorkContext } from '../../../engine/provider.ts';
import {
  sparkClasses,
  sparkDaemonOptions,
  sparkHistoryProperties,
} from '../../../node/services/spark.ts';
import { type LocalCluster, makeFolder } from '../records/records.ts';
import { s3Environment, s3Settings } from '../s3/s3-settings.ts';
import { archiveOptions, sparkClassPath } from '../software/class-archive.ts';
import { packagesClassPath } from '../software/install-packages.ts';
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
          ...archiveOptions('driver', record, null, context),
          ...[
            ...sparkHistoryProperties(record.eventLogFolder ?? eventsFolder(cluster), free),
            ...s3Settings(cluster, context),
          ].map(([key, value]) => `-D${key}=${value}`),
          '-cp',
          [sparkClassPath(record.spark.home), ...packagesClassPath(record)].join(':'),
          sparkClasses.history,
        ],
        env: { ...daemonEnvironment(cluster, context), ...s3Environment(cluster, context) },
      };
    },
    context,
  );
}
