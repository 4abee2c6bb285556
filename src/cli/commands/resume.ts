import type { Command } from '../command.ts';
import { clusterJson, type ChangeJson } from '../rendering/json.ts';
import { clusterName } from '../parsing/positionals.ts';
import { launchedLines } from '../rendering/summary.ts';

/** `flintrock resume` */
export const resumeCommand: Command = {
  name: 'resume',
  description: [
    'Follows a launch that another client began, or whose client is gone, and finishes it. Works from any machine that may log in to the cluster; on EC2 that needs its key.',
    'If it fails, or is stopped, nothing is removed.',
  ],
  positionals: [clusterName],
  verb: 'resume',
  flags: [],
  examples: [
    { command: 'flintrock resume demo', does: 'Go on where a lost client was' },
    {
      command: 'flintrock resume demo --ec2-identity-file key.pem',
      does: 'From a machine that hasn’t seen the cluster before',
    },
  ],
  async run({ args: [name = ''], values, session }) {
    const { signal, io } = session;
    const engine = await session.engine();
    const { changed, cluster, seconds } = await session.watch(name, 'resume', () =>
      engine.resume(name, { values, signal }),
    );
    const json: ChangeJson = { changed, cluster: clusterJson(cluster), seconds };
    session.result(json, () =>
      changed
        ? launchedLines(cluster, seconds, io.stdout.isTTY)
        : [[[`The launch of ${name} is finished already: nothing to do.`]]],
    );
    return 0;
  },
};
