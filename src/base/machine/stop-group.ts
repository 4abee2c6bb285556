import type { ChildProcess } from 'node:child_process';
import { kill } from 'node:process';

/**
 * Ends a process that leads a group of its own, and what it started as well, when a signal aborts.
 *
 * @returns what lets it run on, to be called once it has ended
 */
export function stopGroupOnAbort(child: ChildProcess, signal: AbortSignal): () => void {
  const stop = (): void => {
    try {
      if (child.pid !== undefined) kill(-child.pid, 'SIGTERM');
    } catch {
      // It has ended by itself, or there are no groups, as on Windows.
      child.kill();
    }
  };
  signal.addEventListener('abort', stop, { once: true });
  return () => signal.removeEventListener('abort', stop);
}
