import { remediesText } from '../../src/text/remedies.ts';
import type { Plan, PlannedNodes } from '../../src/model/plan.ts';
import type { FormPlan } from '../../src/protocol/config-form.ts';
import { hourly } from '../shared/money.ts';
import { element, setText } from '../shared/element.ts';

/** What a launch would make, what it costs, and what is wrong; with the button that begins it. */
export class PlanView {
  readonly root: HTMLElement;
  readonly #body = element('div', { class: 'plan' });
  readonly #state = element('span', { class: 'dim' });
  readonly #button: HTMLElement;
  readonly #why = element('p', { class: 'dim hidden' }, 'A value was not taken: change it first.');
  #ready = false;
  #held = false;

  constructor(launch: () => void) {
    this.#button = element('vscode-button', { disabled: true, onclick: launch }, 'Launch…');
    this.root = element(
      'aside',
      { 'aria-label': 'Plan' },
      element('div', { class: 'head' }, element('h2', {}, 'Plan'), this.#state),
      this.#body,
      this.#button,
      this.#why,
    );
  }

  show(state: FormPlan): void {
    setText(this.#state, state.status === 'working' ? 'looking …' : '');
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
        this.#body.replaceChildren(problem('error', state.message, state.hint));
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
  const { provider, region, nodes, software, price, problems, changes } = plan;
  const fetch = software.reduce((sum, { fetchBytes }) => sum + (fetchBytes ?? 0), 0);
  const rows: readonly (readonly [string, string])[] = [
    ['Where', provider === 'local' ? 'this machine' : `EC2 ${region ?? ''}`.trim()],
    ...nodes.map(
      (one) =>
        [
          one.role === 'master' ? 'Master' : one.count === 1 ? 'Worker' : 'Workers',
          nodeWords(one),
        ] as const,
    ),
    [
      'Software',
      software.map(({ name, version }) => `${capital(name)} ${version ?? ''}`.trim()).join(', '),
    ],
    ...(fetch >= 500_000 ? [['To fetch', `${Math.round(fetch / 1e6)} MB`] as const] : []),
  ];
  return [
    element(
      'dl',
      {},
      ...rows.flatMap(([label, value]) => [
        element('dt', { class: 'dim' }, label),
        element('dd', {}, value),
      ]),
    ),
    price === null
      ? element('div', { class: 'price' }, provider === 'local' ? 'Free' : 'Price unavailable')
      : element('div', { class: 'price' }, hourly(price.perHour)),
    price === null
      ? element('div', { class: 'dim' }, provider === 'local' ? 'It runs on this machine.' : '')
      : element(
          'div',
          { class: 'dim' },
          price.parts.map(({ name, perHour }) => `${name} ${hourly(perHour)}`).join(' · '),
        ),
    ...problems.map(({ severity, message, remedies }) =>
      problem(severity, message, remediesText(remedies) || null),
    ),
    ...(changes.length === 0
      ? []
      : [
          element(
            'details',
            {},
            element('summary', {}, 'What will be made'),
            element('ul', {}, ...changes.map((change) => element('li', {}, change))),
          ),
        ]),
  ];
}

function nodeWords({ count, type, cores, memoryMiB }: PlannedNodes): string {
  const size = [
    cores === null ? null : `${cores} ${cores === 1 ? 'core' : 'cores'}`,
    memoryMiB === null ? null : `${Number((memoryMiB / 1024).toFixed(1))} GiB`,
  ]
    .filter((part) => part !== null)
    .join(', ');
  const what =
    type === 'process' ? (count === 1 ? '1 process' : `${count} processes`) : `${count} × ${type}`;
  return [what, size].filter(Boolean).join(' · ');
}

function problem(severity: 'error' | 'warning', message: string, hint: string | null): HTMLElement {
  return element(
    'div',
    { class: `note ${severity}` },
    message,
    hint === null ? null : element('div', { class: 'dim' }, hint),
  );
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
