import * as vscode from 'vscode';
import { withFullStop } from '../../base/sentence.ts';
import { configErrors } from '../../config/problem.ts';
import type { ClusterError } from '../../model/errors.ts';
import { command, remediesText, type RemedyButton, remedyButtons } from './remedies.ts';
import { showBriefly, showError } from './window.ts';

/** Shows an error with its remedies, and buttons for them. A refused question and a cancelled verb are no errors. */
export function showFailure(
  doing: string,
  error: ClusterError,
  ...buttons: readonly RemedyButton[]
): void {
  if (error.code === 'ABORTED') {
    showBriefly(vscode.l10n.t('{0}: canceled', doing), 'circle-slash');
    return;
  }
  const offered: readonly RemedyButton[] = [
    ...buttons,
    ...remedyButtons(error.remedies),
    ...buttonsFor(error),
  ];
  // One and the same thing may be offered by the caller and by the error.
  const all = offered.filter(
    ({ title }, index) => offered.findIndex((one) => one.title === title) === index,
  );
  const text = `${doing}: ${[error.message, remediesText(error.remedies)].map(withFullStop).join(' ').trim()}`;
  void showError(text, ...all.map(({ title }) => title)).then((title) => {
    all.find((remedy) => remedy.title === title)?.run();
  });
}

function buttonsFor(error: ClusterError): RemedyButton[] {
  const log = command(vscode.l10n.t('Show Output'), 'flintrock.log.show');
  const { code } = error;
  if (code === 'CONFIG_INVALID' || code === 'CONFIG_NOT_FOUND')
    return [
      command(
        vscode.l10n.t('Edit Configuration'),
        'flintrock.configuration.edit',
        // Without a problem that stands in a file: the file in use.
        configErrors(error).find(({ file, line }) => file !== null && line !== null),
      ),
      log,
    ];
  if (code.startsWith('AWS_CREDENTIALS'))
    return [command(vscode.l10n.t('Select AWS Profile'), 'flintrock.profile.select'), log];
  return [log];
}
