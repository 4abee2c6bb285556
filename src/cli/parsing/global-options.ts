import { CommanderError } from 'commander';
import { registry } from '../registry.ts';
import { globalFlags } from './common-flags.ts';
import { asOurErrors, silentCommander } from './parse.ts';

/** The words of a command line: the command's name and what belongs to it. */
export interface SplitCommand {
  /** `undefined` if there is no command among them. */
  readonly name: string | undefined;
  /** What stands around the name: flags that stood before it come first. */
  readonly rest: readonly string[];
}

/**
 * Finds the command's name: the first word that is neither a flag that may stand before it nor that flag's value.
 *
 * The Python tool has `--config`, `--provider` and `--debug` before the command; here each command has them.
 */
export function splitCommand(argv: readonly string[]): SplitCommand {
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    const takesValue = globalFlags.get(word);
    if (takesValue === true) index += 1;
    else if (takesValue === undefined && !isGlobalWithValue(word))
      return word.startsWith('-')
        ? { name: undefined, rest: argv }
        : { name: word, rest: [...argv.slice(0, index), ...argv.slice(index + 1)] };
  }
  return { name: undefined, rest: argv };
}

/**
 * Reads a command line that names no command of ours.
 *
 * @returns what it is about, if it is right all the same
 * @throws ClusterError `ARGUMENT_INVALID`, naming what was probably meant
 */
export function parseRoot(argv: readonly string[]): 'help' | 'version' | 'nothing' {
  const parser = silentCommander('flintrock')
    .helpOption(false)
    .helpCommand(false)
    .option('-h, --help')
    .option('-V, --version');
  for (const [flag, takesValue] of globalFlags)
    if (flag.startsWith('--')) parser.option(takesValue ? `${flag} <value>` : flag);
  for (const { name, aliases } of registry) parser.command(name).aliases([...aliases]);
  asOurErrors(null, () => {
    try {
      parser.parse(argv, { from: 'user' });
    } catch (error) {
      // No command: what is to be shown then is not the parser's own help.
      if (!(error instanceof CommanderError) || error.code !== 'commander.help') throw error;
    }
  });
  const asked = parser.opts<{ help?: true; version?: true }>();
  if (asked.version === true) return 'version';
  if (asked.help === true) return 'help';
  return 'nothing';
}

function isGlobalWithValue(word: string): boolean {
  return globalFlags.get(word.slice(0, Math.max(0, word.indexOf('=')))) === true;
}
