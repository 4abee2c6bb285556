import { parseArgs } from 'node:util';
import { didYouMean, usageError } from './usage-error.ts';

/** A piece of a command line: a flag with its value, a word, or the `--` behind which all are words. */
export type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];

/** What must be known of a flag to take a command line apart. */
export interface KnownFlag {
  readonly takesValue: boolean;
}

/**
 * A command line in pieces; no flag is a mistake yet: that is for {@link requireKnown}.
 *
 * @param flags what there is, by spelling: `--config`, `-q`
 */
export function tokensOf(
  args: readonly string[],
  flags: ReadonlyMap<string, KnownFlag>,
): readonly Token[] {
  const options = Object.fromEntries(
    [...flags].map(([spelling, { takesValue }]) => {
      const name = spelling.replace(/^--?/, '');
      const type = takesValue ? ('string' as const) : ('boolean' as const);
      return [name, spelling.startsWith('--') ? { type } : { type, short: name }];
    }),
  );
  return parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens;
}

/**
 * The flag that a piece of a command line is.
 *
 * @throws ClusterError `ARGUMENT_INVALID` for an unknown one, with what was probably meant, and for a value that is missing or one
 *   too many
 */
export function requireKnown<F extends KnownFlag>(
  { rawName, value }: Extract<Token, { readonly kind: 'option' }>,
  flags: ReadonlyMap<string, F>,
  command: string | null,
): F {
  const flag = flags.get(rawName);
  if (flag === undefined)
    throw usageError(
      `Unknown option "${rawName}"`,
      command,
      // One letter is near to any other.
      rawName.startsWith('--') ? didYouMean(rawName, flags.keys()) : undefined,
    );
  if (flag.takesValue !== (value !== undefined))
    throw usageError(`${rawName} ${flag.takesValue ? 'requires a' : 'takes no'} value`, command);
  return flag;
}
