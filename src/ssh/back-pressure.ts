import type { Readable } from 'node:stream';

/** Reads nothing more from streams until what they gave is taken: a slow reader of it costs no memory. */
export function pauseUntil(taken: Promise<void> | void, streams: readonly Readable[]): void {
  if (taken === undefined) return;
  for (const stream of streams) stream.pause();
  const resume = (): void => {
    for (const stream of streams) stream.resume();
  };
  taken.then(resume, resume);
}
