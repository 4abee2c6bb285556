import type { Command } from '../command.ts';
import { clusterName } from '../parsing/positionals.ts';
import { type ChangeJson, clusterJson } from '../rendering/json.ts';
import { launchedLines } from '../rendering/summary.ts';

/** `flintrock resume` */
export const resumeCommand: Command = {
  name: 'resume',
  description: [
    'Resumes a launch that another client started or that was interrupted. Works from any machine that can log in to the cluster; on EC2 this requires its private key.',
    'If it fails or is interrupted, nothing is deleted.',
  ],
  positionals: [clusterName],
  verb: 'resume',
  flags: [],
  examples: [
    { command: 'flintrock resume demo', does: 'Resume an interrupted launch' },
    {
      command: 'flintrock resume demo --ec2-identity-file key.pem',
      does: 'Resume it from another machine',
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
        ? launchedLines(cluster, seconds, io.stdout.isTTY, session.clusterFlags)
        : [[[`The launch of ${name} is already complete.`]]],
    );
    return 0;
  },
};
