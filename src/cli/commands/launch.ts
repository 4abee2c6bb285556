import type { Call, Command } from '../command.ts';
import { clusterName } from '../parsing/positionals.ts';
import { clusterJson, type LaunchJson } from '../rendering/json.ts';
import { launchedScriptLines } from '../rendering/python-form.ts';
import { launchedLines } from '../rendering/summary.ts';

/** `flintrock launch` */
export const launchCommand: Command = {
  name: 'launch',
  description: [
    'Launches a cluster, and returns when all workers have registered with the master. If the launch fails or is interrupted with Ctrl-C, the resources that it created are deleted.',
    'All options can also be set in the configuration file (flintrock configure); flags take precedence.',
  ],
  positionals: [clusterName],
  verb: 'launch',
  flags: [{ name: 'dry-run', help: 'Show the plan without launching, as "flintrock plan" does' }],
  examples: [
    {
      command: 'flintrock launch demo --num-workers 2',
      does: 'Launch a Spark master and two workers on this machine',
    },
    {
      command: 'flintrock launch demo --local-worker-memory 2g --dry-run',
      does: 'Show the plan only',
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
    engine.launch(name, { values, signal, followEnvironment: session.followsEnvironment }),
  );
  const json: LaunchJson = { cluster: clusterJson(cluster), seconds };
  session.result(
    json,
    () => launchedLines(cluster, seconds, io.stdout.isTTY, session.clusterFlags),
    () => launchedScriptLines(cluster),
  );
  if (session.form === 'yaml' && !session.quiet)
    for (const line of launchedLines(cluster, seconds, false, session.clusterFlags))
      session.say(line);
  return 0;
}
