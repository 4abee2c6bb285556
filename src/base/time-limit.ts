import { setMaxListeners } from 'node:events';

/**
 * A signal that aborts after a while, or with one of others.
 *
 * Not by `AbortSignal.any` and `AbortSignal.timeout`: Node 20 may collect a timeout that only a combined signal knows, and what waited
 * for it then waits for ever (nodejs/node#54614).
 *
 * @param ms after how many milliseconds it aborts, with a `TimeoutError`
 * @param signals those that it aborts with, and with their reason
 */
export function timeLimit(ms: number, ...signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  const abort = (reason: unknown): void => {
    clearTimeout(timer);
    for (const [signal, listener] of listeners) signal.removeEventListener('abort', listener);
    controller.abort(reason);
  };
  const listeners = signals.map((signal) => [signal, () => abort(signal.reason)] as const);
  // A running timer is never collected, and it holds the controller.
  const timer = setTimeout(
    () => abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
    ms,
  );
  // It keeps no process from ending.
  timer.unref();
  for (const [signal, listener] of listeners) {
    // Many things at once may have a limit of their own: that is no leak, as each listener leaves with its limit.
    setMaxListeners(0, signal);
    if (signal.aborted) abort(signal.reason);
    signal.addEventListener('abort', listener, { once: true });
  }
  return controller.signal;
}

/**
 * A signal for what an interruption must not cut off at once: it aborts after a while, or some time after another one.
 *
 * @param ms after how many milliseconds it aborts, with a `TimeoutError`
 * @param graceMs how many milliseconds after `signal` it aborts, with that one's reason
 */
export function patientLimit(ms: number, signal: AbortSignal, graceMs: number): AbortSignal {
  const interrupted = new AbortController();
  const limit = timeLimit(ms, interrupted.signal);
  const begin = (): void => {
    const timer = setTimeout(() => interrupted.abort(signal.reason), graceMs);
    timer.unref();
    limit.addEventListener('abort', () => clearTimeout(timer), { once: true });
  };
  if (signal.aborted) begin();
  setMaxListeners(0, signal);
  signal.addEventListener('abort', begin, { once: true });
  limit.addEventListener('abort', () => signal.removeEventListener('abort', begin), { once: true });
  return limit;
}
