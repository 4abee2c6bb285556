import type { Spread } from '../model/history/application.ts';

/** Buckets for each doubling: a median is exact to about 4 %. */
const perDoubling = 16;

/** Counts values by their size, so that a million takes no more room than a hundred. */
export class Histogram {
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = 0;

  add(value: number): void {
    const bucket = value < 1 ? -1 : Math.floor(Math.log2(value) * perDoubling);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count += 1;
    this.#sum += value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  spread(): Spread {
    return {
      count: this.#count,
      sum: this.#sum,
      min: this.#count === 0 ? 0 : this.#min,
      lowerQuartile: this.#quantile(0.25),
      median: this.#quantile(0.5),
      upperQuartile: this.#quantile(0.75),
      max: this.#max,
    };
  }

  /** The value that a part of the values, from 0 to 1, doesn't exceed. */
  #quantile(part: number): number {
    let seen = 0;
    for (const [bucket, count] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      seen += count;
      if (seen >= part * this.#count)
        return bucket < 0
          ? 0
          : Math.min(this.#max, Math.max(this.#min, 2 ** ((bucket + 0.5) / perDoubling)));
    }
    return 0;
  }
}
