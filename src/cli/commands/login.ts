import type { Command } from '../command.ts';
import { ClusterError } from '../../model/errors.ts';
import type { LoginJson } from '../json.ts';
import { clusterName } from '../positionals.ts';

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
  async run({ words: [name = '', node], values, session }) {
    const { signal, io } = session;
    const engine = await session.engine();
    const opened = await engine.login(name, { values, signal, node });
    if (session.json) {
      // What is in the person's environment anyway is nobody's business.
      const added = Object.entries(opened.env).filter(([key, value]) => io.env[key] !== value);
      const json: LoginJson = { session: { ...opened, env: Object.fromEntries(added) } };
      session.result(json, () => []);
      return 0;
    }
    const { file, args, env, cwd } = opened;
    const code = await io.run({ file, args, env: { ...io.env, ...env }, cwd: cwd ?? io.cwd });
    if (code === 127)
      throw new ClusterError('ARGUMENT_INVALID', `There is no program "${file}" to log in with.`);
    return code;
  },
};
