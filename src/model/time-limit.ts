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
    if (signal.aborted) abort(signal.reason);
    signal.addEventListener('abort', listener, { once: true });
  }
  return controller.signal;
}
