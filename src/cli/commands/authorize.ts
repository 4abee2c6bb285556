import type { Command } from '../command.ts';
import type { AuthorizeJson } from '../rendering/json.ts';
import { clusterName } from '../parsing/positionals.ts';

/** `flintrock authorize` */
export const authorizeCommand: Command = {
  name: 'authorize',
  description: [
    'Lets this machine’s present address in to a cluster on EC2, in place of the one that it had. Other people’s rules stay. Commands that connect do this by themselves.',
  ],
  positionals: [clusterName],
  verb: 'authorize',
  flags: [],
  examples: [
    { command: 'flintrock authorize demo', does: 'After your address has changed' },
    {
      command: 'flintrock authorize demo --ec2-authorize-access-from 203.0.113.0/24',
      does: 'Let a network in instead',
    },
  ],
  async run({ args: [name = ''], values, session }) {
    const { signal } = session;
    const engine = await session.engine();
    const { changed, admitted, removed } = await session.watch(name, 'authorize', () =>
      engine.authorize(name, { values, signal }),
    );
    const json: AuthorizeJson = { changed, admitted, removed };
    const gone = removed.length === 0 ? '' : `, and ${removed.join(', ')} no more`;
    session.result(json, () => [
      changed
        ? [[name, 'bold'], [` lets in ${admitted.join(', ')} now${gone}.`]]
        : [[`${name} lets in ${admitted.join(', ')} already: nothing to do.`]],
    ]);
    return 0;
  },
};
