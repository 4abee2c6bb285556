import type { EngineEvent } from '../../../model/events.ts';
import { formatHostKey, formatTerminating } from '../../../text/events.ts';
import { type Line, lineWidth, paint } from '../palette.ts';
import { warningLines } from '../warnings.ts';
import { frame } from './frame.ts';
import type { View, ViewOptions } from './view.ts';

/** How often the picture is drawn: fast enough for a bar, slow enough for a slow connection. */
const frameMs = 100;
/** What is over sooner than this needs no picture. */
const patienceMs = 250;
/** Longer lines are hard to follow with the eye. */
const maxWidth = 100;

const hideCursor = '\u001B[?25l';
const showCursor = '\u001B[?25h';
const clearLine = '\u001B[K';
const clearBelow = '\u001B[J';

/** What the picture needs of its surroundings. */
export interface LiveViewOptions extends ViewOptions {
  readonly color: boolean;
  /** Calls back when the process ends; gives what ends that. */
  readonly onExit: (listener: () => void) => () => void;
}

/** A picture at the bottom of a terminal, drawn again and again in place. */
export class LiveView implements View {
  readonly #options: LiveViewOptions;
  readonly #stop = new AbortController();
  readonly #forgetExit: () => void;
  readonly #startedAt: number;
  /** Lengths of the lines that stand on the screen now. */
  #drawn: readonly number[] = [];
  #columns = 0;
  #shown = false;
  #paused = false;
  #note: string | null = null;
  #preview: readonly Line[] = [];

  constructor(options: LiveViewOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#forgetExit = options.onExit(() => {
      if (this.#shown) options.output.write(showCursor);
    });
    void this.#tick();
  }

  notify(event: EngineEvent): void {
    const { progress, clock, clusterFlags } = this.#options;
    progress.apply(event, clock.now());
    for (const line of warningLines(event, clusterFlags)) this.print(line);
    // What can't be undone is named in any case, and stays to be read.
    if (event.code === 'hostKey.pinned') this.print([[formatHostKey(event), 'dim']]);
    if (event.code === 'instances.ending') this.print([[formatTerminating(event), 'dim']]);
  }

  print(line: Line): void {
    const { output, color } = this.#options;
    output.write(`${this.#erase()}${paint(line, color)}\n`);
    if (this.#shown) this.#draw();
  }

  note(text: string): void {
    this.#note = text;
    if (this.#shown) this.#draw();
  }

  preview(lines: readonly Line[]): void {
    this.#preview = lines;
    if (this.#shown) this.#draw();
  }

  pause(): () => void {
    this.#paused = true;
    this.#options.output.write(this.#erase() + (this.#shown ? showCursor : ''));
    this.#shown = false;
    const { clock, progress } = this.#options;
    const asked = clock.now();
    return () => {
      progress.leaveOut(clock.now() - asked);
      this.#paused = false;
    };
  }

  end(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    const { progress, output, clock } = this.#options;
    progress.finish(clock.now());
    // The result takes its place.
    this.#preview = [];
    if (this.#shown) {
      this.#draw();
      output.write(`\n${showCursor}`);
    }
    this.#shown = false;
    this.#forgetExit();
  }

  async #tick(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    await clock.sleep(patienceMs - (clock.now() - this.#startedAt), signal);
    while (!signal.aborted) {
      if (!this.#paused) this.#draw();
      await clock.sleep(frameMs, signal);
    }
  }

  /** Draws over what stands there, line by line, in one write: nothing flickers. */
  #draw(): void {
    const { output, color, progress, clock } = this.#options;
    const columns = output.columns ?? 80;
    // One column stays free: a terminal moves on by itself after the last one.
    const width = Math.min(columns - 1, maxWidth);
    const height = output.rows ?? 24;
    const picture = frame(progress, clock.now(), { width, height }, this.#note);
    const room = Math.max(0, height - 1 - picture.length);
    const lines = [
      ...picture.map((line) => ({ line, most: width })),
      // As wide as the result will be.
      ...this.#preview.slice(0, room).map((line) => ({ line, most: columns - 1 })),
    ];
    const painted = lines.map(({ line, most }) => paint(line, color, most) + clearLine);
    // At another width all is drawn again: a terminal remembers which of its lines it broke in two.
    const start = columns === this.#columns ? this.#toTop() : this.#erase() || this.#toTop();
    this.#columns = columns;
    output.write(`${this.#shown ? '' : hideCursor}${start}${painted.join('\n')}${clearBelow}`);
    this.#drawn = lines.map(({ line, most }) => Math.min(lineWidth(line), most));
    this.#shown = true;
  }

  #erase(): string {
    const text = this.#drawn.length === 0 ? '' : this.#toTop() + clearBelow;
    this.#drawn = [];
    return text;
  }

  /** To the first column of the first line that was drawn. A narrower terminal has broken the lines in two meanwhile. */
  #toTop(): string {
    const columns = this.#options.output.columns ?? 80;
    const rows = this.#drawn.reduce(
      (sum, length) => sum + Math.max(1, Math.ceil(length / columns)),
      0,
    );
    return rows > 1 ? `\r\u001B[${rows - 1}A` : '\r';
  }
}
