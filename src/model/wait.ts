import type { Clock } from '../base/clock.ts';
import { abortError, ClusterError } from './errors.ts';
import type { Remedy } from './remedy.ts';

/** How to wait for something. */
export interface WaitOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** What is waited for, as in "waiting for 2 of 3 workers": said in the error; asked anew at the end. */
  readonly reason: () => string;
  /** Milliseconds after which the wait fails. */
  readonly limitMs: number;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  /** Whether an error of a look is no answer, such as a network that broke: then it is looked again. Default: none is. */
  readonly isPassing?: ((error: unknown) => boolean) | undefined;
  /** What to do if the limit is passed. */
  readonly remedies?: readonly Remedy[];
}

/**
 * The one way in which this program waits: looks again and again until `look` gives something.
 *
 * @param look gives the awaited value, or `undefined` for "not yet"; what it throws ends the wait, unless it is passing
 * @throws ClusterError `WAIT_TIMEOUT` when the limit is passed, `ABORTED` when the signal aborts
 */
export async function waitFor<T>(
  look: () => T | undefined | Promise<T | undefined>,
  options: WaitOptions,
): Promise<T> {
  const { clock, signal, limitMs, isPassing } = options;
  const start = clock.now();
  const lookOnce = async (): Promise<T | undefined> => {
    try {
      return await look();
    } catch (error) {
      // At the end of the limit the error itself says more than that it was waited for.
      if (isPassing?.(error) !== true || clock.now() - start >= limitMs) throw error;
      return undefined;
    }
  };
  for (;;) {
    if (signal?.aborted === true) throw abortError(signal, `waiting for ${options.reason()}`);
    const value = await lookOnce();
    if (value !== undefined) return value;
    const left = start + limitMs - clock.now();
    if (left <= 0)
      throw new ClusterError(
        'WAIT_TIMEOUT',
        `Timed out after ${Math.round(limitMs / 1000)} s waiting for ${options.reason()}.`,
        { remedies: options.remedies ?? [] },
      );
    await clock.sleep(Math.min(options.everyMs, left), signal);
  }
}
