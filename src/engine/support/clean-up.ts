import { timeLimit } from '../../base/time-limit.ts';
import type { OptionValues } from '../../config/options/options.ts';
import { ClusterError, toClusterError } from '../../model/errors.ts';
import type { Remedy } from '../../model/remedy.ts';
import type { Provider, WorkContext } from '../provider.ts';
import { type Engine, workContext } from './context.ts';

/** How long the removal of what a failed verb made may take. */
const cleanupLimitMs = 5 * 60_000;

/** What is cleaned up. */
interface CleanUp {
  /** The cluster's name. */
  readonly name: string;
  readonly provider: Provider;
  readonly values: OptionValues;
  /** What made it, as in "launch 20260101T000000Z-12345678". */
  readonly what: string;
  /** What to do about what could not be removed. */
  readonly remedy: Remedy;
}

/** Removes what a failed verb made; gives the error to throw: the first cause, with what could not be removed. */
export async function cleanUp(
  engine: Engine,
  { name, provider, values, what, remedy }: CleanUp,
  cause: ClusterError,
  sweep: (context: WorkContext) => Promise<readonly string[]>,
): Promise<ClusterError> {
  // Not the user's signal: that has aborted already if this is because of Ctrl-C.
  const signal = timeLimit(cleanupLimitMs);
  const context = workContext(engine, name, provider.kind, values, signal);
  context.emit('cleanup.started', { reason: cause.message });
  let left: readonly string[];
  try {
    left = await sweep(context);
  } catch (error) {
    left = [`resources created by ${what}: ${toClusterError(error).message}`];
  }
  context.emit('cleanup.finished', { left });
  if (left.length === 0) return cause;
  return new ClusterError(cause.code, cause.message, {
    cause,
    remedies: [...cause.remedies, remedy],
    details: { ...cause.details, left },
  });
}
