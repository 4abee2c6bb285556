import { registry } from '../registry.ts';
import { globalFlags } from './common-flags.ts';
import { requireKnown, tokensOf } from './tokens.ts';
import { didYouMean, usageError } from './usage-error.ts';

/** A command line: the command's name and what belongs to it. */
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
  for (const token of tokensOf(argv, globalFlags)) {
    if (token.kind === 'positional')
      return { name: token.value, rest: argv.toSpliced(token.index, 1) };
    if (token.kind === 'option' && !globalFlags.has(token.rawName)) break;
  }
  return { name: undefined, rest: argv };
}

const rootFlags = new Map([
  ...globalFlags,
  ...['--help', '-h', '--version', '-V'].map((flag) => [flag, { takesValue: false }] as const),
]);

/**
 * Reads a command line that names no command of ours.
 *
 * @returns what it is about, if it is right all the same
 * @throws ClusterError `ARGUMENT_INVALID`, naming what was probably meant
 */
export function parseRoot(argv: readonly string[]): 'help' | 'version' | 'nothing' {
  const given = new Set<string>();
  for (const token of tokensOf(argv, rootFlags)) {
    if (token.kind === 'positional') {
      const names = registry.flatMap(({ name, aliases }) => [name, ...aliases]);
      throw usageError(`Unknown command "${token.value}"`, null, didYouMean(token.value, names));
    }
    if (token.kind !== 'option') continue;
    requireKnown(token, rootFlags, null);
    given.add(token.rawName);
  }
  if (given.has('--version') || given.has('-V')) return 'version';
  return given.has('--help') || given.has('-h') ? 'help' : 'nothing';
}
