import type { CoreTimeline } from '../model/history/application.ts';

/** So many steps are kept at most: as many as a page has room for. */
const maxSteps = 240;
/** How long a step is at first, in milliseconds. */
const firstStepMs = 100;

/**
 * Adds up over time how many cores were held, and how many of them were busy. It takes the same room however long the application runs:
 * where there are too many steps, each two become one.
 */
export class CoreTimelineBuilder {
  #stepMs = firstStepMs;
  #busy: number[] = [];
  #held: number[] = [];
  #startedAt: number | null = null;

  /** Begins the timeline: what comes before is left out. In milliseconds since 1970. */
  begin(at: number): void {
    this.#startedAt ??= at;
  }

  /** A task had cores from one time to another. */
  addBusy(from: number, to: number, cores: number): void {
    this.#add(() => this.#busy, from, to, cores);
  }

  /** An executor held cores from one time to another. */
  addHeld(from: number, to: number, cores: number): void {
    this.#add(() => this.#held, from, to, cores);
  }

  build(): CoreTimeline {
    const steps = Math.max(this.#busy.length, this.#held.length);
    const averages = (coreMs: readonly number[]): number[] =>
      Array.from({ length: steps }, (_, step) =>
        Number(((coreMs[step] ?? 0) / this.#stepMs).toFixed(2)),
      );
    return {
      startedAt: this.#startedAt ?? 0,
      stepMs: this.#stepMs,
      busy: averages(this.#busy),
      held: averages(this.#held),
    };
  }

  #add(coreMs: () => number[], from: number, to: number, cores: number): void {
    this.#startedAt ??= from;
    const begin = Math.max(0, from - this.#startedAt);
    const end = to - this.#startedAt;
    if (!(end > begin)) return;
    while (end > this.#stepMs * maxSteps) this.#widen();
    const list = coreMs();
    for (let step = Math.floor(begin / this.#stepMs); step * this.#stepMs < end; step += 1) {
      const inStep =
        Math.min(end, (step + 1) * this.#stepMs) - Math.max(begin, step * this.#stepMs);
      while (list.length <= step) list.push(0);
      list[step] = (list[step] ?? 0) + inStep * cores;
    }
  }

  #widen(): void {
    this.#stepMs *= 2;
    const halved = (list: readonly number[]): number[] =>
      Array.from(
        { length: Math.ceil(list.length / 2) },
        (_, step) => (list[2 * step] ?? 0) + (list[2 * step + 1] ?? 0),
      );
    this.#busy = halved(this.#busy);
    this.#held = halved(this.#held);
  }
}
