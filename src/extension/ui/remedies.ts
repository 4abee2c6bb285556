import * as vscode from 'vscode';
import type { Remedy } from '../../model/remedy.ts';
import { remedyCommand } from './remedy-commands.ts';

/** One click that does something about an error. */
export interface RemedyButton {
  readonly title: string;
  readonly run: () => unknown;
}

/** The id of the extension, by which VS Code's issue reporter knows it. */
const extensionId = 'flintrock.flintrock';

/** The buttons for what can be done by one click. */
export function remedyButtons(remedies: readonly Remedy[]): RemedyButton[] {
  const options = remedies.filter(({ action }) => action !== undefined && 'option' in action);
  return remedies.flatMap(({ action }) => {
    if (action === undefined || 'program' in action) return [];
    if ('report' in action)
      return [
        command(vscode.l10n.t('Report Issue…'), 'workbench.action.openIssueReporter', {
          extensionId,
        }),
      ];
    if ('option' in action)
      return [
        command(
          // Which of them, where there are several.
          options.length === 1
            ? vscode.l10n.t('Edit Configuration')
            : vscode.l10n.t('Edit {0}', action.option),
          'flintrock.configuration.edit',
          action,
        ),
      ];
    const [id, title] = remedyCommand(action, vscode.l10n.t);
    return [command(title, id, action)];
  });
}

/** A button that runs a command. */
export function command(title: string, id: string, ...args: readonly unknown[]): RemedyButton {
  return { title, run: () => vscode.commands.executeCommand(id, ...args) };
}

/** Remedies as sentences in the editor's terms: options by their keys in the file, programs as they are typed in a terminal. */
export function remediesText(remedies: readonly Remedy[]): string {
  return remedies.map(remedyText).join(' ');
}

function remedyText({ text, action }: Remedy): string {
  if (action === undefined || 'verb' in action || 'report' in action) return text;
  const sentence = text.replace(/\.$/, '');
  if ('program' in action) return `${sentence}: “${action.program.join(' ')}”.`;
  const { option, value } = action;
  return `${sentence}: “${option}${value === undefined ? '' : `: ${valueText(value)}`}”.`;
}

function valueText(value: string | boolean): string {
  if (typeof value === 'string') return value;
  return value ? 'yes' : 'no';
}
