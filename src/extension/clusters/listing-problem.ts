import * as vscode from 'vscode';
import { remediesText } from '../ui/remedies.ts';
import type { ListingProblem } from './listing.ts';
import { showWarning } from '../ui/window.ts';

/** Shows why clusters couldn't be listed, with what there is to do about it; `lead` says what that stands in the way of. */
export function showListingProblem(problem: ListingProblem, lead = ''): void {
  const { where, code, message, remedies, profile } = problem;
  const text = `${lead} ${where}: ${message} ${remediesText(remedies)}`.trim();
  const isAboutCredentials = code.startsWith('AWS_CREDENTIALS');
  const actions: readonly (readonly [title: string, command: string, argument?: unknown])[] = [
    ...(isAboutCredentials
      ? ([
          [vscode.l10n.t('Sign In…'), 'flintrock.aws.signIn', profile ?? undefined],
          [vscode.l10n.t('Select Profile'), 'flintrock.profile.select'],
        ] as const)
      : []),
    [vscode.l10n.t('Retry'), 'flintrock.clusters.refresh'],
    [vscode.l10n.t('Show Log'), 'flintrock.log.show'],
  ];
  void showWarning(text, ...actions.map(([title]) => title)).then((answer) => {
    const [, command, argument] = actions.find(([title]) => title === answer) ?? [];
    if (command !== undefined) void vscode.commands.executeCommand(command, argument);
  });
}
