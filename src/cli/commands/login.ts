import type { Command } from '../command.ts';
import { ClusterError } from '../../model/errors.ts';
import type { LoginJson } from '../rendering/json.ts';
import { clusterName } from '../parsing/positionals.ts';

/** `flintrock login` */
export const loginCommand: Command = {
  name: 'login',
  description: [
    'Opens a shell on a node, on the master unless another one is named. With --json it prints what would be run instead.',
  ],
  positionals: [
    clusterName,
    { name: 'NODE', help: 'Name of the node, such as worker-1 (default: master)', required: false },
  ],
  verb: 'login',
  flags: [],
  examples: [
    { command: 'flintrock login demo', does: 'A shell on the master' },
    { command: 'flintrock login demo worker-1', does: 'A shell on a worker' },
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
    if (code === 127)
      throw new ClusterError('ARGUMENT_INVALID', `There is no program "${file}" to log in with.`);
    return code;
  },
};
