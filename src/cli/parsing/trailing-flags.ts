import type { Command } from '../command.ts';
import { commonFlags } from './common-flags.ts';
import { optionFlags } from './option-flags.ts';
import { usageError } from './usage-error.ts';

/**
 * Puts flags of this program that stand behind the program to be run before everything else, where the parser looks for them:
 * `run-command demo 'ls' --master-only`, as the Python tool allows. What isn't known belongs to the program, as in `df -h`, and
 * single letters always do. Behind a `--` all belongs to the program; the first one itself to nobody.
 *
 * @param args what follows the command's name
 * @throws ClusterError `ARGUMENT_INVALID`
 */
export function moveTrailingFlags(command: Command, args: readonly string[]): readonly string[] {
  const takesValue = longFlags(command);
  const moved: string[] = [];
  const rest: string[] = [];
  let words = 0;
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? '';
    const hasProgram = words > 1;
    if (word === '--') {
      // Here it would be a word of the program's; before the program the parser takes it away.
      const behind = args.slice(index + (hasProgram ? 1 : 0));
      return [...moved, ...rest, ...behind];
    }
    if (!word.startsWith('-') || word === '-') {
      words += 1;
      rest.push(word);
      continue;
    }
    const [flag = ''] = word.split('=');
    const isOurs = !hasProgram || takesValue.has(flag);
    const target = hasProgram && isOurs ? moved : rest;
    target.push(word);
    if (!isOurs || takesValue.get(flag) !== true || word.includes('=')) continue;
    index += 1;
    const value = args[index];
    // Moved without its value it would take the next word for it.
    if (value === undefined) throw usageError(`The value of ${flag} is missing`, command.name);
    target.push(value);
  }
  return [...moved, ...rest];
}

/** All flags with two dashes that the command knows, and whether each takes a value. */
function longFlags(command: Command): ReadonlyMap<string, boolean> {
  const flags = new Map<string, boolean>([['--help', false]]);
  for (const { name, aliases = [], metavar, negatable } of [...command.flags, ...commonFlags]) {
    for (const one of [name, ...aliases]) flags.set(`--${one}`, metavar !== undefined);
    if (negatable === true) flags.set(`--no-${name}`, false);
  }
  for (const { flag, aliases, negations, metavar } of optionFlags(command)) {
    for (const one of [flag, ...aliases]) flags.set(one, metavar !== null);
    for (const one of negations) flags.set(one, false);
  }
  return flags;
}
