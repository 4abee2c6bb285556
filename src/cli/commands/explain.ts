import type { Command } from '../command.ts';
import { clusterName } from '../parsing/positionals.ts';
import { explainJson, explanationLines } from '../rendering/history/explanation-lines.ts';

/** `flintrock explain` */
export const explainCommand: Command = {
  name: 'explain',
  description: [
    'Shows why a Spark application took as long as it did, or failed: failed tasks with their line of Python, skew, spill, garbage collection, idle cores, waiting for cores, and what it cost. Each finding names the setting to change; the most important one comes first.',
    'It is computed from the event log of the application, which can also be running. With --saved, reads the event logs that were saved when the cluster was destroyed.',
  ],
  positionals: [
    clusterName,
    {
      name: 'APPLICATION',
      help: 'ID of the application, the end of it, or ID of a job (default: the latest application)',
      required: false,
    },
  ],
  verb: 'explain',
  flags: [{ name: 'saved', help: 'Read the event logs that were saved on this machine' }],
  examples: [
    { command: 'flintrock explain demo', does: 'Explain the latest application' },
    { command: 'flintrock explain demo 0003 --json', does: 'Explain another one, as JSON' },
    {
      command: 'flintrock explain demo --saved',
      does: 'Explain an application of a cluster that was destroyed',
    },
  ],
  async run({ args: [name = '', application], flags, values, session }) {
    const { signal } = session;
    const engine = await session.engine();
    const result = await session.watch(name, 'explain', () =>
      engine.explain(name, { values, signal, application, saved: flags.has('saved') }),
    );
    session.result(explainJson(result), () => explanationLines(result, session.width));
    return 0;
  },
};
