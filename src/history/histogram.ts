import type { Spread } from '../model/history/application.ts';

/** Buckets for each doubling: a median is exact to about 4 %. */
const perDoubling = 16;

/** Counts values by their size, so that a million takes no more room than a hundred. */
export class Histogram {
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #sum = 0;
  #max = 0;

  add(value: number): void {
    const bucket = value < 1 ? -1 : Math.floor(Math.log2(value) * perDoubling);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count += 1;
    this.#sum += value;
    this.#max = Math.max(this.#max, value);
  }

  spread(): Spread {
    return { count: this.#count, sum: this.#sum, max: this.#max, median: this.#median() };
  }

  #median(): number {
    let seen = 0;
    for (const [bucket, count] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      seen += count;
      if (seen * 2 >= this.#count)
        return bucket < 0 ? 0 : Math.min(this.#max, 2 ** ((bucket + 0.5) / perDoubling));
    }
    return 0;
  }
}
