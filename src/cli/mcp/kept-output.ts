/** So much of a program's output is kept from its beginning, and from its end, in characters. */
const kept = { first: 8_000, last: 30_000 } as const;

/** The output of a program of which only beginning and end are kept, however much it prints. */
export class KeptOutput {
  #first = '';
  #last = '';
  #omitted = 0;

  push(text: string): void {
    const room = kept.first - this.#first.length;
    this.#first += text.slice(0, room);
    this.#last += text.slice(Math.max(0, room));
    // Not at each piece: that would copy the end again and again.
    if (this.#last.length > 2 * kept.last) this.#trim();
  }

  /** What is kept; where something is left out, it says how much. */
  text(): string {
    if (this.#last.length > kept.last) this.#trim();
    if (this.#omitted === 0) return this.#first + this.#last;
    return `${this.#first}\n[… ${this.#omitted} characters left out …]\n${this.#last}`;
  }

  #trim(): void {
    const excess = this.#last.length - kept.last;
    this.#omitted += excess;
    this.#last = this.#last.slice(excess);
  }
}
