import { runClusterName } from '../../engine/verbs/run.ts';
import { formatMeasuredDuration } from '../../text/durations.ts';
import type { Command } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import {
  foreignSubmitFlags,
  readSubmitFlags,
  sparkSubmitFlags,
} from '../parsing/spark-submit-flags.ts';
import { showJobOutput } from '../rendering/job-output.ts';
import type { RunJson } from '../rendering/json.ts';

/** `flintrock run` */
export const runCommand: Command = {
  name: 'run',
  description: [
    'Launches a cluster, runs a Spark job on it, copies its results to this machine, and destroys the cluster, even if the job fails. Exits with the job’s exit code, or with 125 if the job could not be started.',
    'If this command is killed, the cluster terminates by itself 10 minutes after the job ended, on EC2 after --idle-timeout if it is set. Options must precede the file; what follows it are the job’s arguments.',
  ],
  positionals: [
    { name: 'FILE', help: 'A .py, .jar, .sql, .ipynb or .R file, or its URL' },
    { name: 'ARGS', help: 'Arguments of the job', required: false, rest: true },
  ],
  verb: 'launch',
  flags: [
    {
      name: 'fetch',
      metavar: 'PATH',
      repeatable: true,
      help: 'File or folder of the master to copy to the current folder; repeatable',
    },
    { name: 'cluster', metavar: 'NAME', help: 'Name of the cluster (default: generated)' },
    ...sparkSubmitFlags,
  ],
  foreignFlags: foreignSubmitFlags,
  runsProgram: true,
  programIndex: 0,
  failureCode: exitCodes.submitFailed,
  examples: [
    {
      command: 'flintrock run --num-workers 8 job.py',
      does: 'Run a job on a cluster with eight workers',
    },
    {
      command: 'flintrock run --fetch result.csv job.py 2026-11',
      does: 'Run a job, and copy its result',
    },
  ],
  async run({ args: [file = '', ...rest], flags, values, session }) {
    const { signal, json, quiet } = session;
    const args = rest[0] === '--' ? rest.slice(1) : rest;
    const name = flags.text('cluster') ?? runClusterName();
    const endOutput = showJobOutput(session);
    session.onEvent((event) => {
      // What the job prints and the picture of a launch can't share the terminal.
      if (event.code === 'job.started') session.endPicture();
    });
    const engine = await session.engine();
    const request = {
      file,
      args,
      cluster: name,
      fetch: flags.texts('fetch'),
      ...readSubmitFlags(flags, 'run'),
    };
    const result: RunJson = await session.watch(name, 'launch', () =>
      engine.run(request, { values, signal, followEnvironment: session.followsEnvironment }),
    );
    endOutput();
    if (json) session.result(result, () => []);
    if (!quiet) session.say([[endText(result), 'dim']]);
    return result.exitCode ?? exitCodes.done;
  },
};

function endText({ cluster, job, state, exitCode, seconds }: RunJson): string {
  if (exitCode === null) return `${job} is still running on "${cluster}", which was not destroyed.`;
  const end =
    state === 'succeeded'
      ? 'completed'
      : state === 'canceled'
        ? 'was canceled'
        : `failed with exit code ${exitCode}`;
  return `${job} ${end}; "${cluster}" was destroyed. Total time: ${formatMeasuredDuration(seconds)}`;
}
