import { ClusterError } from '../model/errors.ts';
import type { CliIo } from './io.ts';

/** Ctrl-C: the first time it asks to stop and clean up, the second time it means now. */
export class Interrupts {
  readonly #stop = new AbortController();
  readonly #release: () => void;
  /** Resolves at the second Ctrl-C. */
  readonly now: Promise<'now'>;
  /** Whether a Ctrl-C is an answer to a question just now: it stops, and no more. */
  isAnswer: () => boolean = () => false;
  /** Called at the first Ctrl-C. */
  onFirst: () => void = () => undefined;

  constructor(io: Pick<CliIo, 'onInterrupt'>) {
    let stopNow: (value: 'now') => void;
    this.now = new Promise((resolve) => (stopNow = resolve));
    this.#release = io.onInterrupt(() => {
      if (!this.signal.aborted) {
        // An error of ours: code that throws the signal's reason throws what the engine would.
        this.#stop.abort(new ClusterError('ABORTED', 'Stopped.'));
        this.onFirst();
      } else if (!this.isAnswer()) stopNow('now');
    });
  }

  /** Aborts at the first Ctrl-C. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  end(): void {
    this.#release();
  }
}
