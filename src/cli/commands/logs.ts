import { formatJobEnd } from '../../text/engine/jobs.ts';
import type { Command } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { clusterOfJob, jobId } from '../parsing/positionals.ts';
import { showJobOutput } from '../rendering/job-output.ts';
import type { JobLogJson } from '../rendering/json.ts';

/** `flintrock logs` */
export const logsCommand: Command = {
  name: 'logs',
  description: [
    'Prints the output of a job, from whichever machine it was submitted: its standard output, and its standard error. With --follow it goes on until the job ends, and exits with the job’s exit code; Ctrl-C leaves the job running.',
  ],
  positionals: [jobId],
  verb: 'submit',
  flags: [{ name: 'follow', short: 'f', help: 'Go on until the job ends' }, clusterOfJob],
  examples: [
    {
      command: 'flintrock logs job-20261130T121500Z-1f0c',
      does: 'Print what a job has printed',
    },
    {
      command: 'flintrock logs --follow job-20261130T121500Z-1f0c',
      does: 'Follow a job until it ends',
    },
  ],
  failureCode: exitCodes.submitFailed,
  async run({ args: [id = ''], flags, values, session }) {
    const { signal, json, quiet } = session;
    const follow = flags.has('follow');
    const endOutput = showJobOutput(session);
    const engine = await session.engine();
    const result: JobLogJson = await session.watch('', 'submit', () =>
      engine.jobLog(id, { cluster: flags.text('cluster'), follow, values, signal }),
    );
    endOutput();
    const { job } = result;
    if (json) session.result(result, () => []);
    if (!quiet) session.say([[`${id}: ${formatJobEnd(job)}`, 'dim']]);
    return follow ? (job.exitCode ?? exitCodes.done) : exitCodes.done;
  },
};
