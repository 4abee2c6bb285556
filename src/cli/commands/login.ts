import { ClusterError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { clusterName } from '../parsing/positionals.ts';
import type { LoginJson } from '../rendering/json.ts';

/** `flintrock login` */
export const loginCommand: Command = {
  name: 'login',
  description: [
    'Opens a shell on a node, by default on the master. With --json, prints the command instead of running it.',
  ],
  positionals: [
    clusterName,
    { name: 'NODE', help: 'Name of the node, such as worker-1 (default: master)', required: false },
  ],
  verb: 'login',
  flags: [],
  examples: [
    { command: 'flintrock login demo', does: 'Open a shell on the master' },
    { command: 'flintrock login demo worker-1', does: 'Open a shell on a worker' },
  ],
  async run({ args: [name = '', node], values, session }) {
    const { signal, io } = session;
    const engine = await session.engine();
    const opened = await engine.login(name, { values, signal, node });
    if (session.json) {
      const json: LoginJson = {
        session: opened.kind === 'process' ? opened : { kind: opened.kind, node: opened.node },
      };
      session.result(json, () => []);
      return 0;
    }
    if (opened.kind === 'shell') return io.attach(opened);
    const { file, args, cwd } = opened;
    const changed = Object.entries(opened.env).map(([key, value]) => [key, value ?? undefined]);
    const env = {
      ...io.env,
      ...(Object.fromEntries(changed) as Record<string, string | undefined>),
    };
    const code = await io.run({ file, args, env, cwd: cwd ?? io.cwd });
    if (code === null)
      throw new ClusterError(
        'ARGUMENT_INVALID',
        `The program "${file}", which is needed to log in, was not found.`,
      );
    return code;
  },
};
