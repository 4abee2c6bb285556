import { nodeLayout } from '../../../node/layout.ts';
import type { SshConnection } from '../../../ssh/connection.ts';

// In `/`, and isolated: a module of the user's folder on the node is none of Python's own.
const command = [
  'cd / && . $file || exit',
  '[ -n "$PYSPARK_PYTHON" ] || exit',
  `exec "$PYSPARK_PYTHON" -I -S -c 'import sys; print(*sys.version_info[:3], sep=".")'`,
]
  .join('\n')
  .replace('$file', `${nodeLayout.sparkConfiguration}/spark-env.sh`);

/** The version of the Python that `bootstrap.sh` recorded for Spark; `undefined` if the node has none, or says something else. */
export async function readPythonVersion(
  ssh: SshConnection,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { stdout } = await ssh.exec(command, signal);
  return /^\d{1,3}\.\d{1,3}\.\d{1,3}$/.exec(stdout.trim())?.[0];
}
