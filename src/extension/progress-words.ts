import type { EngineEvent } from '../model/events.ts';
import { drainingText } from '../model/event-text.ts';

/** What is being done and waited for now, in a few words, from the events of one verb. */
export class ProgressWords {
  readonly #phases = new Map<string, string>();
  #total = 0;
  #step: string | null = null;
  #waiting: string | null = null;

  /** Takes an event in. */
  apply(event: EngineEvent): void {
    switch (event.code) {
      case 'plan.ready':
        this.#total = event.plan.nodes.reduce((sum, { count }) => sum + count, 0);
        break;
      case 'verb.started':
        this.#total = Math.max(this.#total, event.nodes.length);
        break;
      case 'node.phase':
        this.#phases.set(event.node, event.phase);
        this.#step = null;
        break;
      case 'node.stopped':
      case 'node.removed':
        this.#phases.set(event.node, 'gone');
        break;
      case 'node.draining':
        this.#step = `${event.node} finishes its work (${drainingText(event)})`;
        break;
      case 'waiting':
        this.#waiting = event.reason;
        break;
      case 'download.progress':
        this.#step = `fetching ${event.what}${event.total === null ? '' : `: ${Math.floor((100 * event.bytes) / event.total)} %`}`;
        break;
      case 'step.started':
        this.#step = event.step;
        break;
      case 'download.finished':
      case 'step.finished':
        this.#step = null;
        break;
      case 'cleanup.started':
        this.#step = 'removing what was made';
        break;
      default:
        break;
    }
  }

  /** Such as `2 of 3 alive`; empty if there is nothing to say yet. */
  get text(): string {
    if (this.#step !== null) return this.#step;
    const phases = [...this.#phases.values()];
    const gone = phases.filter((phase) => phase === 'gone').length;
    const total = Math.max(this.#total, phases.length);
    if (gone > 0) return `${gone} of ${total} done`;
    const alive = phases.filter((phase) => phase === 'alive').length;
    if (phases.length > 0) return `${alive} of ${total} alive`;
    return this.#waiting === null ? '' : `waiting for ${this.#waiting}`;
  }
}
