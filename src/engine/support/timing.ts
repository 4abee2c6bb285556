import { type Verb } from '../../model/events.ts';
import type { WorkContext } from '../provider.ts';

/** Tells the host that a verb begins and ends, with the time it took. */
export async function timed<T>(
  verb: Verb,
  nodes: readonly string[],
  context: WorkContext,
  work: () => Promise<T>,
): Promise<T & { readonly seconds: number }> {
  const start = context.clock.now();
  context.emit('verb.started', { verb, nodes });
  const result = await work();
  const seconds = (context.clock.now() - start) / 1000;
  context.emit('verb.finished', { verb, seconds });
  return { ...result, seconds };
}
