import type { FormField } from '../../src/protocol/config-form.ts';
import { element } from '../shared/element.ts';
import { t } from '../shared/texts.ts';

/** What the toolkit's elements have in common. */
type ValueElement = HTMLElement & { value: string };

/** See {@link ValueElement}. */
type CheckElement = HTMLElement & { checked: boolean };

/** The control of a field. */
export interface FieldControl {
  readonly root: HTMLElement;
  /** What it shows, as the file has it; empty if the option isn't set. */
  value: string;
}

/** Makes the control of a field. */
export function fieldControl(field: FormField): FieldControl {
  const shared = { 'data-field': field.name };
  switch (field.kind) {
    case 'checkbox':
      return checkbox(field);
    case 'choice':
      return textControl(
        element(
          'vscode-dropdown',
          shared,
          element('vscode-option', { value: '', title: field.unset }, unsetText(field)),
          ...field.choices.map(({ value, label }) => element('vscode-option', { value }, label)),
        ),
      );
    case 'lines': {
      const placeholder = t('One per line');
      return textControl(
        element('vscode-text-area', { ...shared, rows: 2, resize: 'vertical', placeholder }),
      );
    }
    case 'number':
    case 'text':
      return textControl(element('vscode-text-field', { ...shared, placeholder: field.unset }));
  }
}

function textControl(root: HTMLElement): FieldControl {
  const input = root as ValueElement;
  return {
    root,
    get value() {
      return input.value;
    },
    set value(value) {
      if (input.value !== value) input.value = value;
    },
  };
}

/** A box for yes or no; what is the default need not stand in the file. */
function checkbox({ name, help, unset }: FormField): FieldControl {
  const root = element(
    'vscode-checkbox',
    { 'data-field': name },
    help === '' ? t('Enabled') : help,
  );
  const box = root as CheckElement;
  return {
    root,
    get value() {
      const value = box.checked ? 'yes' : 'no';
      return value === unset ? '' : value;
    },
    set value(value) {
      const checked = (value === '' ? unset : value) === 'yes';
      if (box.checked !== checked) box.checked = checked;
    },
  };
}

/** The choice for "not set": a long explanation is its tooltip. */
function unsetText({ unset }: FormField): string {
  return unset === '' || unset.length > 24 ? t('Not set') : t('{0} (default)', unset);
}
