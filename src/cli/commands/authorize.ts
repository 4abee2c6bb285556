import type { Command } from '../command.ts';
import { clusterName } from '../parsing/positionals.ts';
import type { AuthorizeJson } from '../rendering/json.ts';

/** `flintrock authorize` */
export const authorizeCommand: Command = {
  name: 'authorize',
  description: [
    'Allows SSH access to a cluster on EC2 from this machine’s current IP address, and removes the rule for its previous one. Rules for other clients are not changed. Commands that connect to the cluster do this automatically.',
  ],
  positionals: [clusterName],
  verb: 'authorize',
  flags: [],
  examples: [
    { command: 'flintrock authorize demo', does: 'Allow your new IP address' },
    {
      command: 'flintrock authorize demo --ec2-authorize-access-from 203.0.113.0/24',
      does: 'Allow a network instead',
    },
  ],
  async run({ args: [name = ''], values, session }) {
    const { signal } = session;
    const engine = await session.engine();
    const { changed, admitted, removed } = await session.watch(name, 'authorize', () =>
      engine.authorize(name, { values, signal }),
    );
    const json: AuthorizeJson = { changed, admitted, removed };
    const gone = removed.length === 0 ? '' : `; ${removed.join(', ')} was removed`;
    session.result(json, () => [
      changed
        ? [[name, 'bold'], [`: SSH is now allowed from ${admitted.join(', ')}${gone}.`]]
        : [[`${name}: SSH from ${admitted.join(', ')} is already allowed.`]],
    ]);
    return 0;
  },
};
