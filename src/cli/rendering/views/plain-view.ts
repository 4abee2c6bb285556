import type { EngineEvent, EventCode, Verb } from '../../../model/events.ts';
import { formatEvent, formatEventLine } from '../../../text/events.ts';
import { formatPlan } from '../../../text/plans.ts';
import { formatActivity } from '../../../text/progress.ts';
import { formatVerb } from '../../../text/verbs.ts';
import type { Line } from '../palette.ts';
import { remediesLine } from '../remedies.ts';
import { oneLine } from '../text-layout.ts';
import { warningLines } from '../warnings.ts';
import { writeLine } from '../write.ts';
import type { View, ViewOptions } from './view.ts';

/** How long something must be waited for before it is worth a line, and how often a download is. */
const patienceMs = 5_000;

/** Verbs of which it is said that they begin: of a launch its plan says so, and what a command prints speaks for itself. */
const toldVerbs: ReadonlySet<Verb> = new Set<Verb>([
  'start',
  'stop',
  'destroy',
  'addWorkers',
  'removeWorkers',
]);

/** Events that are worth a line. Warnings have lines of their own. */
const toldEvents: ReadonlySet<EventCode> = new Set<EventCode>([
  'plan.ready',
  'verb.started',
  'download.progress',
  'download.finished',
  'step.started',
  'node.trouble',
  'hostKey.pinned',
  'instances.ending',
  'cleanup.started',
  'history.saved',
  'history.remains',
]);

/** What a plain view needs of its surroundings. */
export interface PlainViewOptions extends ViewOptions {
  readonly color: boolean;
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
    const { progress, clock, clusterFlags } = this.#options;
    progress.apply(event, clock.now());
    for (const line of warningLines(event, clusterFlags)) this.print(line);
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
    if (!toldEvents.has(event.code)) return null;
    if (event.code === 'plan.ready')
      // A launch that is refused says why, and nothing else.
      return event.plan.ok ? `${formatVerb('launch', 0)} ${formatPlan(event.plan)}` : null;
    if (event.code === 'download.progress' && !this.#isDue()) return null;
    if (event.code === 'download.finished') this.#downloadSaidAt = -Infinity;
    if (event.code === 'verb.started') {
      const { lastTask } = this.#options.progress;
      return toldVerbs.has(event.verb) ? formatVerb(event.verb, lastTask?.total ?? 0) : null;
    }
    const line = formatEvent(event, {
      remedies: (remedies) => remediesLine(remedies, this.#options.clusterFlags),
    });
    return line === undefined ? null : formatEventLine(line);
  }

  /** Whether it is time for a line about a download. */
  #isDue(): boolean {
    const now = this.#options.clock.now();
    if (now - this.#downloadSaidAt < 2 * patienceMs) return false;
    this.#downloadSaidAt = now;
    return true;
  }

  /** Says what is waited for when it is waited for long. */
  async #tick(): Promise<void> {
    const { clock, progress } = this.#options;
    const { signal } = this.#stop;
    for (;;) {
      const before = this.#waiting();
      await clock.sleep(patienceMs, signal);
      if (signal.aborted) return;
      const text = this.#waiting();
      if (text === null || text !== before || text === this.#said) continue;
      this.#said = text;
      this.print([[oneLine(`${progress.cluster}: ${text}`)]]);
    }
  }

  #waiting(): string | null {
    const { activity } = this.#options.progress;
    // That those began was said.
    return activity === null || activity.kind === 'cleanup' || activity.kind === 'step'
      ? null
      : formatActivity(activity);
  }
}
