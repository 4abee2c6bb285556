import type { FieldProblem, FormField } from '../../src/protocol/config-form.ts';
import { element, setText } from '../shared/element.ts';
import { t } from '../shared/texts.ts';
import { type FieldControl, fieldControl } from './field-control.ts';

/** One option: its label, its help, its control, and what is wrong with its value. */
export class FieldView {
  readonly root: HTMLElement;
  readonly #control: FieldControl;
  readonly #problems = element('div', { class: 'problems' });
  #field: FormField;
  /** What was typed and refused: it stays until it is changed. */
  #refused: { readonly text: string; readonly problem: FieldProblem } | undefined;

  /**
   * @param edit takes the new text, or `null` for "not set"
   * @param choose lets the user select a value
   */
  constructor(
    field: FormField,
    edit: (name: string, text: string | null) => void,
    choose: (name: string) => void,
  ) {
    this.#field = field;
    this.#control = fieldControl(field);
    const id = `label-${field.name}`;
    const label = element('div', { class: 'label', id, title: field.key }, field.label);
    const more = field.details === '' ? null : field.details;
    const help = element('div', { class: 'help dim', title: more }, field.help);
    // The help of a box stands beside it.
    const isBox = field.kind === 'checkbox';
    if (isBox && more !== null) this.#control.root.title = more;
    this.root = element(
      'div',
      { class: `field ${field.kind}` },
      label,
      isBox ? null : help,
      field.choosable
        ? element('div', { class: 'row' }, this.#control.root, browseButton(field, choose))
        : this.#control.root,
      this.#problems,
    );
    this.#control.root.addEventListener('change', () => {
      const text = this.#control.value;
      if (text === (this.#field.value ?? '') && this.#refused === undefined) return;
      // A box changes its own mark when the file does.
      if (isBox && text === '' && this.#field.value === this.#field.unset) return;
      this.#refused = undefined;
      // The file may stay as it is: nothing else would remove the problem of the refused text.
      this.#show(this.#field.problems);
      edit(field.name, text.trim() === '' ? null : text);
    });
  }

  /** Whether what stands in it isn't in the file. */
  get isRefused(): boolean {
    return this.#refused !== undefined;
  }

  /** Puts the cursor into it. */
  focus(): void {
    this.root.scrollIntoView({ block: 'center' });
    this.#control.root.focus();
  }

  /** Shows what the file says now. */
  update(field: FormField): void {
    const before = this.#field.value;
    this.#field = field;
    // Text elements of the toolkit name themselves "Text field" as soon as they stand in the page.
    const name = field.help === '' ? field.label : `${field.label}: ${field.help}`;
    const { root } = this.#control;
    if (root.getAttribute('aria-label') !== name) root.setAttribute('aria-label', name);
    this.root.classList.toggle('set', field.value !== null);
    // A refused text isn't lost by a change elsewhere.
    if (this.#refused !== undefined && before === field.value) return;
    this.#refused = undefined;
    const value = field.value ?? '';
    if (!(field.value === '' && field.problems.length > 0)) this.#control.value = value;
    this.#show(field.problems);
  }

  /** Says why what was typed isn't in the file. */
  refuse(text: string, problem: FieldProblem): void {
    this.#refused = { text, problem };
    this.#show([problem]);
  }

  #show(problems: readonly FieldProblem[]): void {
    const severe = problems.some(({ severity }) => severity === 'error');
    this.root.classList.toggle('wrong', severe);
    this.#control.root.setAttribute('aria-invalid', String(severe));
    this.#problems.replaceChildren(
      ...problems.map(({ severity, message, hint }) => {
        const line = element('div', { class: severity });
        setText(line, hint === null ? message : `${message} ${hint}`);
        return line;
      }),
    );
  }
}

/** Looks values up in the account. */
function browseButton({ name, label }: FormField, choose: (name: string) => void): HTMLElement {
  return element(
    'vscode-button',
    {
      appearance: 'secondary',
      'aria-label': t('Browse: {0}', label),
      onclick: () => choose(name),
    },
    t('Browse…'),
  );
}
