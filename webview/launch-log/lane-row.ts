import { formatPhase } from '../../src/text/states.ts';
import { element, setText } from '../shared/element.ts';
import { t } from '../shared/texts.ts';
import type { Lane } from './launch-view.ts';

/** The scale that a lane is drawn on; in seconds. */
export interface LaneScale {
  readonly elapsed: number;
  readonly length: number;
  readonly usual: number | null;
}

/** One node's lane: its name, its phases over time, what it does now. Only what changes is touched. */
export class LaneRow {
  readonly root: HTMLElement;
  readonly #dot = element('i', { class: 'dot' });
  readonly #lane = element('div', { class: 'lane', 'aria-hidden': true });
  readonly #text = element('span', { class: 'dim text' });
  readonly #usual = element('b', { class: 'usual' });
  readonly #bars: HTMLElement[] = [];
  readonly #marks: HTMLElement[] = [];

  constructor(node: string) {
    const name = element('span', { class: 'name' }, this.#dot, node);
    this.root = element('li', {}, name, this.#lane, this.#text);
    this.#lane.append(this.#usual);
  }

  draw(lane: Lane, { elapsed, length, usual }: LaneScale): void {
    const percent = (seconds: number): string => `${Math.min(100, (100 * seconds) / length)}%`;
    this.#dot.className = `dot ${lane.state}`;
    setText(this.#text, lane.text);
    for (const [index, { phase, from, to }] of lane.stretches.entries()) {
      const bar = (this.#bars[index] ??= this.#add('span'));
      bar.className = phase;
      bar.title = formatPhase(phase, t);
      bar.style.left = percent(from);
      bar.style.width = percent(Math.max(0, (to ?? elapsed) - from));
    }
    for (const [index, at] of lane.troubles.entries()) {
      const mark = (this.#marks[index] ??= this.#add('em'));
      mark.style.left = percent(at);
    }
    this.#usual.classList.toggle('hidden', usual === null);
    if (usual !== null) this.#usual.style.left = percent(usual);
  }

  #add(tag: 'span' | 'em'): HTMLElement {
    const made = element(tag);
    this.#lane.append(made);
    return made;
  }
}
