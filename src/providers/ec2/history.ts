import { ClusterError } from '../../model/errors.ts';
import { shellWord } from '../../node/bootstrap.ts';
import { nodeLayout, nodePorts, nodeUnits } from '../../node/layout.ts';
import { sparkClasses, sparkHistoryProperties } from '../../node/services/spark.ts';
import type { SshConnection } from '../../ssh/connection.ts';

/**
 * Starts the history server on the master, unless it runs; gives its port. It runs as whoever logs in, whose jobs' records it can
 * read, until the machine is stopped.
 */
export async function serveHistory(ssh: SshConnection, signal: AbortSignal): Promise<number> {
  const { code, stderr } = await ssh.output(startCommand(), signal);
  if (code !== 0)
    throw new ClusterError(
      'NODE_FAILED',
      `The master could not start the history server: ${stderr.trim() || `exit code ${code}`}.`,
    );
  return nodePorts.history;
}

// Two who ask at the same time: the second one's unit is refused, as there is one by then.
function startCommand(): string {
  const { sparkEvents, sparkHome, sparkConfiguration } = nodeLayout;
  const unit = nodeUnits.sparkHistory;
  const options = sparkHistoryProperties(sparkEvents, nodePorts.history)
    .map(([key, value]) => `-D${key}=${value}`)
    .join(' ');
  const run = [
    'sudo -n systemd-run --quiet --collect',
    `--unit=${unit}`,
    '--description="Spark history"',
    '--uid="$(id -u)" --gid="$(id -g)"',
    `-p EnvironmentFile=${sparkConfiguration}/spark-env.sh`,
    '-p SuccessExitStatus=143 -p Restart=on-failure -p RestartSec=2',
    `-E ${shellWord(`SPARK_HISTORY_OPTS=${options}`)}`,
    `${sparkHome}/bin/spark-class ${sparkClasses.history}`,
  ].join(' ');
  const runs = `systemctl is-active -q ${unit}`;
  return `test -d ${sparkEvents} || { echo "it keeps no record of jobs" >&2; exit 1; }; ${runs} || ${run} || ${runs}`;
}
