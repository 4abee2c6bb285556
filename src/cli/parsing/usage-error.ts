import { suggest } from '../../config/values/suggest.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';

/** Wrong words or flags. */
export function usageError(message: string, command: string | null, hint?: string): ClusterError {
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
  return new ClusterError('ARGUMENT_INVALID', /[.?!]$/.test(sentence) ? sentence : `${sentence}.`, {
    remedies: advice(
      hint ?? `For usage, see: flintrock ${command === null ? '' : `${command} `}--help`,
    ),
  });
}

/** What a word was probably meant to be, as a hint; `undefined` if nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const meant = suggest(word, candidates);
  return meant === undefined ? undefined : `Did you mean ${meant}?`;
}
