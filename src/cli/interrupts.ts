import { ClusterError } from '../model/errors.ts';
import type { CliIo, InterruptKind } from './io.ts';

/** How long a command may still take after its terminal has ended: cleaning up has its own limit, which is shorter. */
const hangupLimitMs = 6 * 60_000;

/**
 * Wishes that this process end: the first one asks to stop and clean up. A second Ctrl-C, or `SIGTERM`, means now; the end of a terminal is
 * told several times, by the shell and by the system, and nobody is there who could mean anything by it.
 */
export class Interrupts {
  readonly #stop = new AbortController();
  readonly #ended = new AbortController();
  readonly #release: () => void;
  readonly #kinds = new Set<InterruptKind>();
  /** Resolves when the command must end at once. */
  readonly now: Promise<'now'>;
  /** Whether a Ctrl-C is an answer to a question just now: it stops, and no more. */
  isAnswer: () => boolean = () => false;
  /** Called at the first one. */
  onFirst: () => void = () => undefined;

  constructor({ onInterrupt, clock }: Pick<CliIo, 'onInterrupt' | 'clock'>) {
    let stopNow: (value: 'now') => void;
    this.now = new Promise((resolve) => (stopNow = resolve));
    this.#release = onInterrupt((kind) => {
      const again = this.#kinds.has(kind);
      this.#kinds.add(kind);
      if (kind === 'hangup' && !again)
        clock.sleep(hangupLimitMs, this.#ended.signal).then(
          () => stopNow('now'),
          () => undefined,
        );
      if (!this.signal.aborted) {
        // An error of ours: code that throws the signal's reason throws what the engine would.
        this.#stop.abort(new ClusterError('ABORTED', 'Stopped.'));
        this.onFirst();
      } else if (kind !== 'hangup' && again && !this.isAnswer()) stopNow('now');
    });
  }

  /** Aborts at the first Ctrl-C. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Whether the user can't answer any more, or isn't to be asked. */
  get isUserGone(): boolean {
    return this.#kinds.has('hangup') || this.#kinds.has('terminate');
  }

  /** Whether the terminal has ended. */
  get isHungUp(): boolean {
    return this.#kinds.has('hangup');
  }

  end(): void {
    this.#release();
    this.#ended.abort();
  }
}
