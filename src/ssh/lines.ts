import { StringDecoder } from 'node:string_decoder';
import { maxLineLength } from '../model/limits.ts';

/**
 * Cuts what comes in pieces into lines, across pieces and across characters of several bytes. A line that is longer than any line
 * should be comes as several: nothing of it is lost, and nothing is held for ever.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  // Not one text that grows: each piece would copy all that came before it.
  #parts: string[] = [];
  #length = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Uint8Array): void {
    const text = this.#decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#add(text.slice(start, end));
      this.#flush();
      start = end + 1;
    }
    this.#add(text.slice(start));
  }

  /** What came last without an end of line. */
  end(): void {
    this.#add(this.#decoder.end());
    if (this.#length > 0) this.#flush();
  }

  #add(part: string): void {
    let rest = part;
    while (this.#length + rest.length > maxLineLength) {
      const cut = maxLineLength - this.#length;
      this.#parts.push(rest.slice(0, cut));
      rest = rest.slice(cut);
      this.#flush();
    }
    if (rest === '') return;
    this.#parts.push(rest);
    this.#length += rest.length;
  }

  #flush(): void {
    const line = this.#parts.join('');
    this.#parts = [];
    this.#length = 0;
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}
