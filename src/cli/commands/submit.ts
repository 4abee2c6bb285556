import type { Command } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import type { Output } from '../io.ts';
import { parseConf } from '../parsing/conf.ts';
import { clusterName } from '../parsing/positionals.ts';
import type { SubmitJson } from '../rendering/json.ts';
import { writeLine, writeProgramBytes, writeProgramText } from '../rendering/write.ts';

/** `flintrock submit` */
export const submitCommand: Command = {
  name: 'submit',
  description: [
    'Runs a Spark job on a cluster, prints its output, and exits with its exit code, or with 125 if the job could not be started. Ctrl-C asks whether to cancel the job or keep it running; without a terminal it cancels the job.',
    'Options must precede the file; what follows it are the job’s arguments.',
  ],
  positionals: [
    clusterName,
    { name: 'FILE', help: 'A .py or .jar file' },
    { name: 'ARGS', help: 'Arguments of the job', required: false, rest: true },
  ],
  verb: 'submit',
  flags: [
    { name: 'class', metavar: 'NAME', help: 'Main class of a .jar' },
    {
      name: 'conf',
      metavar: 'KEY=VALUE',
      repeatable: true,
      help: 'Spark property for this job; repeatable',
    },
  ],
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
      command: 'flintrock submit demo --conf spark.executor.memory=1g count.py',
      does: 'Set a Spark property',
    },
  ],
  async run({ args: [name = '', file = '', ...rest], flags, values, session }) {
    const { signal, io, json } = session;
    // As everywhere, `--` only says that no flags follow.
    const args = rest[0] === '--' ? rest.slice(1) : rest;
    const conf = parseConf(flags.texts('conf'), 'submit');
    const last = { lineOpen: false };
    const outputOf = (stream: 'stdout' | 'stderr'): Output =>
      stream === 'stdout' && !json ? io.stdout : io.stderr;
    session.onOutput(({ stream, bytes }) => {
      const output = outputOf(stream);
      writeProgramBytes(output, bytes);
      return output;
    });
    session.onEvent((event) => {
      if (event.code !== 'job.output') return;
      const output = outputOf(event.stream);
      writeProgramText(output, event.text);
      if (output.isTTY) last.lineOpen = !event.text.endsWith('\n');
    });
    const className = flags.text('class');
    const engine = await session.engine();
    const { job, exitCode, seconds } = await session.watch(name, 'submit', () =>
      engine.submit(name, { file, args, conf, className }, { values, signal }),
    );
    if (last.lineOpen) writeLine(io.stderr, [], false);
    const result: SubmitJson = { job, exitCode, seconds };
    if (json) session.result(result, () => []);
    if (exitCode === null) session.say([[`${job} is still running on "${name}".`]]);
    else if (exitCode !== 0 && !session.quiet)
      session.say([[`${job} failed with exit code ${exitCode}.`, 'dim']]);
    return exitCode ?? exitCodes.done;
  },
};
