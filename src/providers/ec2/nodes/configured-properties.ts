import { nodeLayout } from '../../../node/layout.ts';
import type { SshConnection } from '../../../ssh/connection.ts';

/** Prints names of properties. Not their values: the cluster's secret is among them. */
const command = `sed -n 's/^[[:space:]]*\\(spark\\.[^[:space:]=:]*\\).*/\\1/p' ${nodeLayout.sparkConfiguration}/spark-defaults.conf 2>/dev/null`;

/**
 * Names of the Spark properties that a master's configuration has, of ours and of the user's: what a user who may log in has written
 * there since the launch counts, too.
 */
export async function configuredProperties(
  ssh: SshConnection,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { stdout } = await ssh.exec(command, signal);
  return new Set(stdout.split('\n'));
}
