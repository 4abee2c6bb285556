import * as vscode from 'vscode';
import type { ClusterError } from '../model/errors.ts';
import { editorHint } from './editor-hint.ts';
import { showBriefly, showError } from './ui/window.ts';

/** Something to do about an error, beside reading the log. */
export interface Remedy {
  readonly title: string;
  readonly run: () => unknown;
}

/** Shows an error: what is wrong, what to do, and one click to it. A "no" and a cancelled verb are none. */
export function showFailure(
  doing: string,
  error: ClusterError,
  ...remedies: readonly Remedy[]
): void {
  if (error.code === 'ABORTED') {
    showBriefly(vscode.l10n.t('{0}: cancelled', doing), 'circle-slash');
    return;
  }
  const hint = editorHint(error.hint ?? '');
  const offered: readonly Remedy[] = [
    ...remedies,
    ...hint.commands.map(({ id, title, cluster }) => command(title, id, cluster)),
    ...remediesFor(error),
  ];
  // One and the same thing may be offered by the caller and by the hint.
  const all = offered.filter(
    ({ title }, index) => offered.findIndex((one) => one.title === title) === index,
  );
  const text = `${doing}: ${[error.message, hint.text].map(sentence).join(' ').trim()}`;
  void showError(text, ...all.map(({ title }) => title)).then((title) => {
    all.find((remedy) => remedy.title === title)?.run();
  });
}

/** Messages of others come without a full stop. */
function sentence(text: string): string {
  return text === '' || /[.!?:]$/.test(text) ? text : `${text}.`;
}

function command(title: string, id: string, ...args: readonly unknown[]): Remedy {
  return { title, run: () => vscode.commands.executeCommand(id, ...args) };
}

function remediesFor({ code }: ClusterError): Remedy[] {
  const log = command('Show Log', 'flintrock.log.show');
  if (code === 'CONFIG_INVALID' || code === 'CONFIG_NOT_FOUND')
    return [command('Edit Configuration', 'flintrock.configuration.edit'), log];
  if (code.startsWith('AWS_CREDENTIALS'))
    return [command('Select Profile', 'flintrock.profile.select'), log];
  return [log];
}
