import type { Clock } from '../../src/base/clock.ts';

/** Real turns of the event loop without anything to do, after which time goes on. */
const idleTurns = 12;

interface Sleeper {
  readonly at: number;
  readonly order: number;
  wake(): void;
}

/** A clock on which time passes only when everybody sleeps: what happens is the same on every machine, at once. */
export class VirtualClock implements Clock {
  #now = Date.parse('2026-05-04T10:00:00Z');
  #order = 0;
  #sleepers: Sleeper[] = [];
  #running = false;

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = {
        at: this.#now + Math.max(0, ms),
        order: (this.#order += 1),
        wake: () => {
          signal?.removeEventListener('abort', sleeper.wake);
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          resolve();
        },
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (;;) {
      for (let turn = 0; turn < idleTurns; turn += 1)
        await new Promise((resolve) => setImmediate(resolve));
      const [next] = this.#sleepers.sort((a, b) => a.at - b.at || a.order - b.order);
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    this.#running = false;
  }
}
