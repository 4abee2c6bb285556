/** The screen of a terminal that knows what the picture uses, and refuses everything else. */
export class Terminal {
  #lines: string[] = [''];
  #row = 0;
  #column = 0;
  cursorShown = true;

  constructor(
    readonly columns: number,
    readonly rows = 24,
  ) {}

  write(text: string): void {
    for (const part of text.match(/\u001B\[[?\d;]*[A-Za-z]|[\n\r]|[^\u001B\n\r]+/g) ?? [])
      this.#take(part);
  }

  /** What stands there, without spaces at the ends of lines. */
  get screen(): string {
    return this.#lines.map((line) => line.trimEnd()).join('\n');
  }

  #take(part: string): void {
    if (part === '\r') this.#column = 0;
    else if (part === '\n') {
      this.#row += 1;
      this.#column = 0;
      while (this.#lines.length <= this.#row) this.#lines.push('');
    } else if (part.startsWith('\u001B')) this.#control(part.slice(2));
    else this.#print(part);
  }

  #print(text: string): void {
    const line = Array.from((this.#lines[this.#row] ?? '').padEnd(this.#column));
    line.splice(this.#column, Array.from(text).length, ...Array.from(text));
    this.#column += Array.from(text).length;
    if (line.length > this.columns) throw new Error(`wider than ${this.columns}: ${line.join('')}`);
    this.#lines[this.#row] = line.join('');
  }

  #control(code: string): void {
    const up = /^(\d+)A$/.exec(code)?.[1];
    if (up !== undefined) {
      this.#row -= Number(up);
      if (this.#row < 0) throw new Error('above the top');
    } else if (code === 'K')
      this.#lines[this.#row] = Array.from(this.#lines[this.#row] ?? '')
        .slice(0, this.#column)
        .join('');
    else if (code === 'J') {
      this.#lines.length = this.#row + 1;
      this.#control('K');
    } else if (code === '?25l') this.cursorShown = false;
    else if (code === '?25h') this.cursorShown = true;
    else if (!/^[\d;]+m$/.test(code)) throw new Error(`unknown: ${code}`);
  }
}
