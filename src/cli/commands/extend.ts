import { formatLifetime } from '../../text/lifetimes.ts';
import type { Command } from '../command.ts';
import type { ExtendJson } from '../rendering/json.ts';
import { clusterName } from '../parsing/positionals.ts';

/** `flintrock extend` */
export const extendCommand: Command = {
  name: 'extend',
  description: [
    'Lets a cluster on EC2 live longer that was launched with --idle-timeout or --max-lifetime. Its idle clock begins anew, and its end at the latest moves by DURATION; if it has no such end, it counts as in use for so long. Without DURATION it lives as long as if it had just been started.',
  ],
  positionals: [
    clusterName,
    {
      name: 'DURATION',
      help: 'How much longer, such as 30 min, 2 h or 1 d',
      required: false,
      rest: true,
    },
  ],
  verb: 'extend',
  flags: [],
  examples: [
    { command: 'flintrock extend demo 2h', does: 'Two hours longer' },
    { command: 'flintrock extend demo', does: 'As long as if it had just been started' },
  ],
  async run({ args: [name = '', ...duration], values, session }) {
    const { signal, io } = session;
    const engine = await session.engine();
    const { lifetime } = await session.watch(name, 'extend', () =>
      engine.extend(name, duration.length === 0 ? undefined : duration.join(' '), {
        values,
        signal,
      }),
    );
    const json: ExtendJson = { lifetime };
    session.result(json, () => [
      [[name, 'bold'], [` ${formatLifetime(lifetime, io.clock.now())}.`]],
    ]);
    return 0;
  },
};
