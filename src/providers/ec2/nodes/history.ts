import { nodeLayout, nodePorts, nodeUnits } from '../../../node/layout.ts';
import { sparkClasses, sparkHistoryProperties } from '../../../node/services/spark.ts';
import type { SshConnection } from '../../../ssh/connection.ts';

/**
 * Starts the history server on the master, unless it runs; gives its port. It runs as the user who logs in, whose jobs' records it can
 * read, until the machine is stopped.
 */
export async function serveHistory(ssh: SshConnection, signal: AbortSignal): Promise<number> {
  await ssh.execOrThrow(startCommand(), 'The master could not start the history server', signal);
  return nodePorts.history;
}

// A unit of its own, written when it is needed: it outlives this connection, and the machine's end ends it.
function startCommand(): string {
  const { sparkEvents, sparkHome, sparkConfiguration } = nodeLayout;
  const unit = nodeUnits.sparkHistory;
  const options = sparkHistoryProperties(sparkEvents, nodePorts.history)
    .map(([key, value]) => `-D${key}=${value}`)
    .join(' ');
  const lines = [
    '[Unit]',
    'Description=Spark history',
    '[Service]',
    'User=$(id -un)',
    `EnvironmentFile=${sparkConfiguration}/spark-env.sh`,
    `Environment="SPARK_HISTORY_OPTS=${options}"`,
    `ExecStart=${sparkHome}/bin/spark-class ${sparkClasses.history}`,
    'SuccessExitStatus=143',
    'Restart=on-failure',
    'RestartSec=2',
  ];
  return [
    `test -d ${sparkEvents} || { echo "it keeps no record of jobs" >&2; exit 1; }`,
    `sudo -n systemctl is-active -q ${unit} && exit`,
    `sudo -n tee /run/systemd/system/${unit} >/dev/null <<END\n${lines.join('\n')}\nEND`,
    `sudo -n systemctl daemon-reload && sudo -n systemctl start ${unit}`,
  ].join('\n');
}
