import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { stopGroupOnAbort } from '../../../base/machine/stop-group.ts';
import type { OutputListener, WorkContext } from '../../../engine/provider.ts';
import { abortError } from '../../../model/errors.ts';
import { pauseUntil } from '../../../ssh/back-pressure.ts';
import { nodeEnvironment } from '../daemons/environment.ts';
import { nodeHome } from '../records/node-files.ts';
import type { LocalCluster } from '../records/records.ts';

/** Runs a shell command in a node's home folder and environment; gives its exit code, as a shell counts it. */
export async function runOnNode(
  cluster: LocalCluster,
  node: string,
  command: string,
  onOutput: OutputListener,
  context: WorkContext,
): Promise<number> {
  const { signal } = context;
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: await nodeHome(cluster, node),
    env: await nodeEnvironment(cluster, node, context),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that stopping it stops what it started as well.
    detached: true,
  });
  const ended = stopGroupOnAbort(child, signal);
  try {
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].on('data', (chunk: Buffer) =>
        pauseUntil(onOutput(stream, chunk), [child[stream]]),
      );
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit, name) =>
        resolve(exit ?? 128 + (name === null ? 0 : constants.signals[name])),
      );
    });
    if (signal.aborted) throw abortError(signal, `running a command on ${node}`);
    return code;
  } finally {
    ended();
  }
}
