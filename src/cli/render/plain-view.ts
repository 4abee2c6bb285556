import { remediesLine } from './remedies.ts';
import type { Clock } from '../../model/clock.ts';
import { endingText, hostKeyText } from '../../model/event-text.ts';
import type { EngineEvent, Verb } from '../../model/events.ts';
import type { Output } from '../io.ts';
import { measuredDuration } from '../../model/duration.ts';
import { place, plannedShape } from './nouns.ts';
import type { Line } from './palette.ts';
import type { Progress } from './progress.ts';
import { bytes } from './size.ts';
import { count } from '../../model/count.ts';
import { oneLine } from './text.ts';
import type { View } from './view.ts';
import { warningLines } from './warnings.ts';
import { writeLine } from './write.ts';

/** How long something must be waited for before it is worth a line, and how often a download is. */
const patienceMs = 5_000;

const doing: Readonly<Partial<Record<Verb, string>>> = {
  start: 'starting',
  stop: 'stopping',
  destroy: 'destroying',
};

/** What a plain view needs of its surroundings. */
export interface PlainViewOptions {
  readonly output: Output;
  readonly color: boolean;
  readonly clock: Clock;
  readonly progress: Progress;
  /** Whether to say only what is wrong. */
  readonly quiet: boolean;
}

/** A few plain lines, where there is no terminal to draw on: what a log should still tell tomorrow. */
export class PlainView implements View {
  readonly #options: PlainViewOptions;
  readonly #stop = new AbortController();
  #said: string | null = null;
  #downloadSaidAt = -Infinity;

  constructor(options: PlainViewOptions) {
    this.#options = options;
    if (!options.quiet) void this.#tick();
  }

  notify(event: EngineEvent): void {
    const { progress, clock } = this.#options;
    progress.apply(event, clock.now());
    for (const line of warningLines(event)) this.print(line);
    const text = this.#options.quiet ? null : this.#lineOf(event);
    if (text !== null) this.print([[oneLine(`${progress.cluster}: ${text}`)]]);
  }

  print(line: Line): void {
    const { output, color } = this.#options;
    writeLine(output, line, color);
  }

  note(text: string): void {
    this.print([[text]]);
  }

  pause(): () => void {
    return () => undefined;
  }

  end(): void {
    this.#stop.abort();
  }

  #lineOf(event: EngineEvent): string | null {
    switch (event.code) {
      case 'plan.ready':
        // A launch that is refused says why, and nothing else.
        return event.plan.ok
          ? `launching ${plannedShape(event.plan)} on ${place(event.plan)}`
          : null;
      case 'verb.started': {
        const verb = doing[event.verb];
        if (event.verb === 'removeWorkers')
          return `removing ${count(event.nodes.length, 'worker')}`;
        if (event.verb === 'addWorkers')
          return `adding ${count(this.#options.progress.bars[0]?.total ?? 0, 'worker')}`;
        return verb === undefined ? null : `${verb} ${count(event.nodes.length, 'node')}`;
      }
      case 'download.progress':
        return this.#downloadLine(event);
      case 'download.finished':
        this.#downloadSaidAt = -Infinity;
        return `fetched ${event.what} in ${measuredDuration(event.seconds)}`;
      case 'step.started':
        return event.step;
      case 'node.trouble':
        return `${event.node}: ${event.message} ${remediesLine(event.remedies)}`.trimEnd();
      case 'hostKey.pinned':
        return hostKeyText(event);
      case 'instances.ending':
        return `terminating ${endingText(event)}`;
      case 'cleanup.started':
        return 'removing what was made';
      default:
        return null;
    }
  }

  #downloadLine({
    what,
    source,
    bytes: got,
    total,
  }: Extract<EngineEvent, { code: 'download.progress' }>): string | null {
    const now = this.#options.clock.now();
    const first = this.#downloadSaidAt === -Infinity;
    if (now - this.#downloadSaidAt < 2 * patienceMs) return null;
    this.#downloadSaidAt = now;
    const size = total === null ? '' : bytes(total);
    if (first) return `fetching ${what}${size === '' ? '' : ` (${size})`} from ${source}`;
    return `${what}: ${bytes(got)}${size === '' ? '' : ` of ${size}`}`;
  }

  /** Says what is waited for when it is waited for long. */
  async #tick(): Promise<void> {
    const { clock, progress } = this.#options;
    const { signal } = this.#stop;
    for (;;) {
      const before = progress.waiting;
      await clock.sleep(patienceMs, signal);
      if (signal.aborted) return;
      const reason = progress.waiting;
      if (reason === null || reason !== before || reason === this.#said) continue;
      if (progress.step !== null || progress.cleaning) continue;
      this.#said = reason;
      this.print([[oneLine(`${progress.cluster}: ${reason}`)]]);
    }
  }
}
