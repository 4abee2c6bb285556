/**
 * A promise that settles as the work does, or rejects with the signal's reason as soon as that aborts: for work that may never hear
 * of it, such as what waits for the other side of a connection.
 *
 * @param drop gets what the work gives when nobody waits for it any more
 */
export async function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  drop: (result: T) => void = () => undefined,
): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  let isWaited = true;
  work.then(
    (result) => {
      if (!isWaited) drop(result);
    },
    () => undefined,
  );
  try {
    return await Promise.race([work, aborted]);
  } finally {
    isWaited = false;
    signal.removeEventListener('abort', stop);
  }
}
