import { options } from '../../config/options/options.ts';
import { choosable, type ChoosableOption } from '../../model/choice.ts';
import { formatChoice } from '../../text/engine/choices.ts';
import type { Command } from '../command.ts';
import { usageError } from '../parsing/usage-error.ts';
import type { ChoicesJson } from '../rendering/json.ts';
import type { Line } from '../rendering/palette.ts';
import { padEnd } from '../rendering/text-layout.ts';

/** What the options are called here: as their flags, without what all of them have in front. */
const names = new Map<string, ChoosableOption>(
  choosable.map((option) => [options[option].flag.replace('--ec2-', ''), option]),
);
const listed = [...names.keys()].join(', ');

/** `flintrock choices` */
export const choicesCommand: Command = {
  name: 'choices',
  description: [
    'Lists the values that are available for an option in the AWS account and Region: key pairs, subnets, AMIs, instance types with prices, and so on. Each line begins with the value to use.',
  ],
  positionals: [{ name: 'OPTION', help: listed }],
  verb: 'describe',
  flags: [],
  examples: [
    { command: 'flintrock choices key-name', does: 'List the key pairs in the account' },
    {
      command: 'flintrock choices instance-type --ec2-region eu-west-1',
      does: 'List instance types with cores, memory and price',
    },
  ],
  async run({ args: [word = ''], values, session }) {
    const { signal } = session;
    const option = names.get(word.replace(/^(?:--)?(?:ec2-)?/, ''));
    if (option === undefined)
      throw usageError(
        `The values of "${word}" can’t be listed`,
        'choices',
        `Use one of: ${listed}`,
      );
    const engine = await session.engine();
    const found = await engine.choices(option, { values, signal });
    const choices = found.map((choice) => ({ value: choice.value, ...formatChoice(choice) }));
    const json: ChoicesJson = { choices };
    session.result(json, () => {
      const width = Math.max(0, ...choices.map(({ value }) => value.length));
      return choices.map(({ value, description, detail }): Line => {
        const more = [description, detail].filter(Boolean).join(' · ');
        return [[padEnd(value, more === '' ? 0 : width + 2), 'bold'], [more]];
      });
    });
    return 0;
  },
};
