import type { Call, Command } from '../command.ts';
import { clusterJson, type LaunchJson } from '../rendering/json.ts';
import { clusterName } from '../parsing/positionals.ts';
import { launchedLines } from '../rendering/summary.ts';

/** `flintrock launch` */
export const launchCommand: Command = {
  name: 'launch',
  description: [
    'Launches a cluster and returns when Spark has every worker. A launch that fails, or is stopped with Ctrl-C, removes what it made.',
    'Every option can stand in the configuration file as well (flintrock configure); flags win over it.',
  ],
  positionals: [clusterName],
  verb: 'launch',
  flags: [{ name: 'dry-run', help: 'Only show what would be done, as "flintrock plan" does' }],
  examples: [
    {
      command: 'flintrock launch demo --num-workers 2',
      does: 'A Spark master and two workers on this machine',
    },
    {
      command: 'flintrock launch demo --local-worker-memory 2g --dry-run',
      does: 'Show what that would be',
    },
  ],
  async run(call) {
    if (!call.flags.has('dry-run')) return launch(call);
    const { runPlan } = await import('./plan.ts');
    return runPlan(call);
  },
};

async function launch({ args: [name = ''], values, session }: Call): Promise<number> {
  const { signal, io } = session;
  const engine = await session.engine();
  const { cluster, seconds } = await session.watch(name, 'launch', () =>
    engine.launch(name, { values, signal }),
  );
  const json: LaunchJson = { cluster: clusterJson(cluster), seconds };
  session.result(json, () => launchedLines(cluster, seconds, io.stdout.isTTY));
  return 0;
}
