import type { Command } from '../command.ts';
import { clusterOfJob, jobId } from '../parsing/positionals.ts';
import type { CancelJobJson } from '../rendering/json.ts';

/** `flintrock cancel` */
export const cancelCommand: Command = {
  name: 'cancel',
  description: ['Cancels a job, from whichever machine it was submitted.'],
  positionals: [jobId],
  verb: 'submit',
  flags: [clusterOfJob],
  examples: [
    { command: 'flintrock cancel job-20261130T121500Z-1f0c', does: 'End a job' },
    {
      command: 'flintrock cancel job-20261130T121500Z-1f0c --cluster demo',
      does: 'End a job without asking other clusters for it',
    },
  ],
  async run({ args: [id = ''], flags, values, session }) {
    const { signal } = session;
    const engine = await session.engine();
    const result: CancelJobJson = await session.watch('', 'submit', () =>
      engine.cancelJob(id, { cluster: flags.text('cluster'), values, signal }),
    );
    session.result(result, () => [
      [[id, 'bold'], [result.canceled ? ' canceled.' : ' had already ended.']],
    ]);
    return 0;
  },
};
