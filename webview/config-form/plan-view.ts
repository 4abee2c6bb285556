import type { Plan } from '../../src/model/plan.ts';
import type { FormPlan } from '../../src/protocol/config-form.ts';
import { formatPlannedChange } from '../../src/text/engine/planned-changes.ts';
import { remediesText } from '../../src/text/remedies.ts';
import { element, setText } from '../shared/element.ts';
import { t } from '../shared/texts.ts';
import { planFacts } from './plan-facts.ts';

/** What a launch would make, what it costs, and what is wrong; with the button that begins it. */
export class PlanView {
  readonly root: HTMLElement;
  readonly #body = element('div', { class: 'plan' });
  readonly #state = element('span', { class: 'dim' });
  readonly #button: HTMLElement;
  readonly #why = element('p', { class: 'dim hidden' }, t('Fix the highlighted fields to launch.'));
  #ready = false;
  #held = false;

  constructor(launch: () => void) {
    this.#button = element(
      'vscode-button',
      { disabled: true, onclick: launch },
      t('Launch Cluster…'),
    );
    this.root = element(
      'aside',
      { 'aria-label': t('Plan') },
      element('div', { class: 'head' }, element('h2', {}, t('Plan')), this.#state),
      this.#body,
      this.#button,
      this.#why,
    );
  }

  show(state: FormPlan): void {
    setText(this.#state, state.status === 'working' ? t('Updating…') : '');
    this.root.setAttribute('aria-busy', String(state.status === 'working'));
    switch (state.status) {
      case 'working':
        // The last plan stays until there is a new one: nothing jumps.
        this.#ready = false;
        break;
      case 'none':
        this.#ready = false;
        this.#body.replaceChildren(element('p', { class: 'dim' }, state.reason));
        break;
      case 'failed':
        this.#ready = false;
        this.#body.replaceChildren(note('error', state.message, state.hint));
        break;
      case 'ready':
        this.#ready = state.plan.ok;
        this.#body.replaceChildren(...planRows(state.plan));
        break;
    }
    this.#allow();
  }

  /** Keeps from launching, while a value stands in a field that isn't in the file. */
  hold(held: boolean): void {
    this.#held = held;
    this.#allow();
  }

  #allow(): void {
    this.#why.classList.toggle('hidden', !this.#held);
    this.#button.toggleAttribute('disabled', this.#held || !this.#ready);
  }
}

function planRows(plan: Plan): HTMLElement[] {
  const { problems, suggestions = [], plannedChanges } = plan;
  const { rows, price, priceParts } = planFacts(plan, t);
  return [
    element(
      'dl',
      {},
      ...rows.flatMap(([label, value]) => [
        element('dt', { class: 'dim' }, label),
        element('dd', {}, value),
      ]),
    ),
    element('div', { class: plan.price === null ? 'price none' : 'price' }, price),
    ...priceParts.map((part) => element('div', { class: 'dim' }, part)),
    ...problems.map(({ severity, message, remedies }) =>
      note(severity, message, remediesText(remedies) || null),
    ),
    ...suggestions.map(({ message, remedies }) =>
      note('suggestion', message, remediesText(remedies) || null),
    ),
    ...(plannedChanges.length === 0
      ? []
      : [
          element(
            'details',
            {},
            element('summary', {}, t('Resources to be created')),
            element(
              'ul',
              {},
              ...plannedChanges.map((change) => element('li', {}, formatPlannedChange(change, t))),
            ),
          ),
        ]),
  ];
}

function note(
  kind: 'error' | 'warning' | 'suggestion',
  message: string,
  hint: string | null,
): HTMLElement {
  return element(
    'div',
    { class: `note ${kind}` },
    message,
    hint === null ? null : element('div', { class: 'dim' }, hint),
  );
}
