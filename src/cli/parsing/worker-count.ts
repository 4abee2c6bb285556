import { parseFlag } from '../../config/flags.ts';
import { ClusterError } from '../../model/errors.ts';
import type { CallFlags, CommandFlag } from '../command.ts';
import { usageError } from './usage-error.ts';

/** How many workers to add or remove. */
export function workerCount(doing: 'add' | 'remove'): CommandFlag {
  return {
    name: 'num-workers',
    aliases: ['num-slaves'],
    metavar: 'N',
    help: `Number of workers to ${doing}; required`,
  };
}

/**
 * The number of workers that was asked for.
 *
 * @throws ClusterError `ARGUMENT_INVALID`, `CONFIG_INVALID`
 */
export function requireNumber(flags: CallFlags, command: string): number {
  const text = flags.text('num-workers');
  if (text === undefined)
    throw usageError(
      '--num-workers is missing: how many workers',
      command,
      `Example: flintrock ${command} demo --num-workers 1`,
    );
  const { value, problem } = parseFlag('numWorkers', text, '--num-workers');
  if (problem !== null)
    throw new ClusterError('CONFIG_INVALID', problem.message, { details: { problems: [problem] } });
  if (typeof value === 'number') return value;
  throw usageError('--num-workers needs a number', command);
}
