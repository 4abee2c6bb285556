import { formatLifetime } from '../../text/lifetimes.ts';
import type { Command } from '../command.ts';
import { clusterName } from '../parsing/positionals.ts';
import type { ExtendJson } from '../rendering/json.ts';

/** `flintrock extend` */
export const extendCommand: Command = {
  name: 'extend',
  description: [
    'Extends the lifetime of a cluster on EC2 that was launched with --idle-timeout, --max-lifetime or --max-cost. The idle time starts at zero again, and the maximum lifetime is extended by DURATION, the maximum cost by what DURATION costs; without either, the cluster counts as in use for DURATION. An amount such as 5USD increases only the maximum cost. If DURATION is omitted, the lifetime is as long as after a start.',
  ],
  positionals: [
    clusterName,
    {
      name: 'DURATION',
      help: 'Time to add, such as 30 min, 2 h or 1 d, or an amount such as 5 USD',
      required: false,
      rest: true,
    },
  ],
  verb: 'extend',
  flags: [],
  examples: [
    { command: 'flintrock extend demo 2h', does: 'Add two hours' },
    { command: 'flintrock extend demo 5USD', does: 'Increase the maximum cost by 5 US dollars' },
    { command: 'flintrock extend demo', does: 'Set the lifetime as after a start' },
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
