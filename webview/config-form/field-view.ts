import type { FieldProblem, FormField } from '../../src/protocol/config-form.ts';
import { element, setText } from '../shared/element.ts';

/** What the toolkit's elements have in common. */
type Control = HTMLElement & { value: string };

/** One option: its label, its help, its control, and what is wrong with its value. */
export class FieldView {
  readonly root: HTMLElement;
  readonly #control: Control;
  readonly #problems = element('div', { class: 'problems' });
  #field: FormField;
  /** What was typed and not taken: it stays until it is changed. */
  #refused: { readonly text: string; readonly problem: FieldProblem } | undefined;

  /**
   * @param edit takes the new text, or `null` for "not set"
   * @param choose lets the person pick a value
   */
  constructor(
    field: FormField,
    edit: (name: string, text: string | null) => void,
    choose: (name: string) => void,
  ) {
    this.#field = field;
    this.#control = controlOf(field);
    const id = `label-${field.name}`;
    const label = element('div', { class: 'label', id, title: field.key }, field.label);
    const more = field.details === '' ? null : field.details;
    const help = element('div', { class: 'help dim', title: more }, field.help);
    this.root = element(
      'div',
      { class: `field ${field.kind}` },
      label,
      help,
      field.choosable
        ? element('div', { class: 'row' }, this.#control, chooser(field, choose))
        : this.#control,
      this.#problems,
    );
    this.#control.addEventListener('change', () => {
      const text = this.#control.value;
      if (text === (this.#field.value ?? '') && this.#refused === undefined) return;
      this.#refused = undefined;
      // The file may stay as it is: nothing else would take away what was said of the text that wasn't taken.
      this.#show(this.#field.problems);
      edit(field.name, text.trim() === '' ? null : text);
    });
  }

  /** Whether what stands in it isn't in the file. */
  get isRefused(): boolean {
    return this.#refused !== undefined;
  }

  /** Shows what the file says now. */
  update(field: FormField): void {
    const before = this.#field.value;
    this.#field = field;
    // Text elements of the toolkit name themselves "Text field" as soon as they stand in the page.
    const name = `${field.label}: ${field.help}`;
    if (this.#control.getAttribute('aria-label') !== name)
      this.#control.setAttribute('aria-label', name);
    this.root.classList.toggle('set', field.value !== null);
    // A text that wasn't taken isn't lost by a change elsewhere.
    if (this.#refused !== undefined && before === field.value) return;
    this.#refused = undefined;
    const value = field.value ?? '';
    if (this.#control.value !== value && !(field.value === '' && field.problems.length > 0))
      this.#control.value = value;
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
    this.#control.setAttribute('aria-invalid', String(severe));
    this.#problems.replaceChildren(
      ...problems.map(({ severity, message, hint }) => {
        const line = element('div', { class: severity });
        setText(line, hint === null ? message : `${message} ${hint}`);
        return line;
      }),
    );
  }
}

function chooser({ name, label }: FormField, choose: (name: string) => void): HTMLElement {
  return element(
    'vscode-button',
    { appearance: 'secondary', 'aria-label': `Pick: ${label}`, onclick: () => choose(name) },
    'Pick…',
  );
}

/** What stands in a list of choices for "not set": a long explanation is its tooltip. */
function unsetWords({ unset }: FormField): string {
  return unset === '' || unset.length > 24 ? 'not set' : `${unset} (default)`;
}

function controlOf(field: FormField): Control {
  const shared = { 'data-field': field.name };
  switch (field.kind) {
    case 'choice':
      return element(
        'vscode-dropdown',
        shared,
        element('vscode-option', { value: '', title: field.unset }, unsetWords(field)),
        ...field.choices.map((choice) => element('vscode-option', { value: choice }, choice)),
      ) as Control;
    case 'lines':
      return element('vscode-text-area', {
        ...shared,
        rows: 2,
        resize: 'vertical',
        placeholder: 'none; one a line',
      }) as Control;
    case 'number':
    case 'text':
      return element('vscode-text-field', { ...shared, placeholder: field.unset }) as Control;
  }
}
