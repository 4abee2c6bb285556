import { nodeLayout, nodePorts, nodeUnits } from '../../../node/layout.ts';
import { sparkClasses, sparkHistoryProperties } from '../../../node/services/spark.ts';
import type { SshConnection } from '../../../ssh/connection.ts';
import { isServiceActive, type MasterService, startService } from './master-service.ts';
import { eventLogFolderOnS3 } from './packages/s3.ts';

/**
 * Starts the history server on the master, unless it runs; gives its port. It runs as the user who logs in, whose jobs' records it can
 * read, until the machine is stopped.
 */
export async function serveHistory(ssh: SshConnection, signal: AbortSignal): Promise<number> {
  const folder = (await eventLogFolderOnS3(ssh, signal)) ?? nodeLayout.sparkEvents;
  await ssh.execOrThrow(
    startCommand(folder),
    'The master could not start the history server',
    signal,
  );
  return nodePorts.history;
}

function startCommand(folder: string): string {
  const { sparkEvents, sparkHome, sparkConfiguration } = nodeLayout;
  const options = sparkHistoryProperties(folder, nodePorts.history)
    .map(([key, value]) => `-D${key}=${value}`)
    .join(' ');
  const history: MasterService = {
    unit: nodeUnits.sparkHistory,
    description: 'Spark history',
    service: [
      `EnvironmentFile=${sparkConfiguration}/spark-env.sh`,
      `Environment="SPARK_HISTORY_OPTS=${options}"`,
      `ExecStart=${sparkHome}/bin/spark-class ${sparkClasses.history}`,
    ],
  };
  return [
    `test -d ${sparkEvents} || { echo "it keeps no record of jobs" >&2; exit 1; }`,
    `${isServiceActive(history)} && exit`,
    startService(history),
  ].join('\n');
}
