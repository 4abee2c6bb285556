import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';

/** Wrong words or flags. */
export function usageError(
  message: string,
  command: string | null,
  hint?: string,
  cause?: unknown,
): ClusterError {
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
  return new ClusterError('ARGUMENT_INVALID', /[.?!]$/.test(sentence) ? sentence : `${sentence}.`, {
    remedies: advice(
      hint ?? `For usage, see: flintrock ${command === null ? '' : `${command} `}--help`,
    ),
    ...(cause !== undefined && { cause }),
  });
}
