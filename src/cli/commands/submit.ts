import { formatJobFailure } from '../../text/engine/jobs.ts';
import type { Command } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { clusterName } from '../parsing/positionals.ts';
import {
  foreignSubmitFlags,
  readSubmitFlags,
  sparkSubmitFlags,
} from '../parsing/spark-submit-flags.ts';
import { showJobOutput } from '../rendering/job-output.ts';
import type { SubmitJson } from '../rendering/json.ts';
import { someOf } from '../rendering/text-layout.ts';

/** So many modules that come along are named. */
const mostModules = 3;

/** `flintrock submit` */
export const submitCommand: Command = {
  name: 'submit',
  description: [
    'Runs a Spark job on a cluster, prints its output, and exits with its exit code, or with 125 if the job could not be started. Ctrl-C asks whether to cancel the job or keep it running; without a terminal it cancels the job. The job’s standard input is empty.',
    'The job belongs to the cluster: it keeps running if the connection is lost, and its output is shown again as soon as the cluster can be reached.',
    'Modules and packages beside a script that it imports are sent along. Options must precede the file; what follows it are the job’s arguments.',
  ],
  positionals: [
    clusterName,
    { name: 'FILE', help: 'A .py, .jar, .sql, .ipynb or .R file, or its URL' },
    { name: 'ARGS', help: 'Arguments of the job', required: false, rest: true },
  ],
  verb: 'submit',
  flags: [
    { name: 'detach', short: 'd', help: 'Return as soon as the job runs, and print its ID' },
    ...sparkSubmitFlags,
  ],
  foreignFlags: foreignSubmitFlags,
  runsProgram: true,
  failureCode: exitCodes.submitFailed,
  examples: [
    {
      command: 'flintrock submit demo count.py words.txt',
      does: 'Run a Python job with an argument',
    },
    {
      command: 'flintrock submit demo --class org.example.Count count.jar',
      does: 'Run a class of a .jar',
    },
    {
      command: 'flintrock submit demo --executor-memory 1g count.py',
      does: 'Set the size of its executors',
    },
    {
      command: 'flintrock submit demo --detach count.py',
      does: 'Start a job and return',
    },
  ],
  async run({ args: [name = '', file = '', ...rest], flags, values, session }) {
    const { signal, json, quiet } = session;
    // As everywhere, `--` only says that no flags follow.
    const args = rest[0] === '--' ? rest.slice(1) : rest;
    const detach = flags.has('detach');
    const request = { file, args, detach, ...readSubmitFlags(flags, 'submit') };
    const endOutput = showJobOutput(session);
    session.onEvent((event) => {
      if (event.code !== 'job.started' || quiet) return;
      const { modules = [] } = event;
      if (modules.length > 0)
        session.say([[`${event.job} includes ${someOf(modules, mostModules)}`, 'dim']]);
    });
    const engine = await session.engine();
    const submitted = await session.watch(name, 'submit', () =>
      engine.submit(name, request, { values, signal }),
    );
    endOutput();
    const { job, state, exitCode, seconds, failure } = submitted;
    const result: SubmitJson = { job, state, exitCode, seconds, failure };
    if (json || detach) session.result(result, () => [[[job]]]);
    if (detach && !quiet)
      session.say([[`Running on "${name}". To follow it: flintrock logs --follow ${job}`, 'dim']]);
    else if (exitCode === null) session.say([[`${job} is still running on "${name}".`]]);
    else if (exitCode !== 0 && !quiet) {
      if (failure !== null) session.say([[formatJobFailure(failure), 'red']]);
      session.say([
        [
          state === 'canceled'
            ? `${job} was canceled.`
            : `${job} failed with exit code ${exitCode}.`,
          'dim',
        ],
      ]);
    }
    return exitCode ?? exitCodes.done;
  },
};
