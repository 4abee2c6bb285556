import * as vscode from 'vscode';
import { remediesText } from '../ui/remedies.ts';
import { showWarning } from '../ui/window.ts';
import type { ListingProblem } from './listing.ts';

/** Shows why clusters couldn't be loaded, with buttons for what helps. */
export function showListingProblem(problem: ListingProblem): void {
  const { where, code, message, remedies, profile } = problem;
  const reason = `${message} ${remediesText(remedies)}`.trim();
  const text = vscode.l10n.t('Couldn’t load clusters from {0}: {1}', where, reason);
  const isAboutCredentials = code.startsWith('AWS_CREDENTIALS');
  const actions: readonly (readonly [title: string, command: string, argument?: unknown])[] = [
    ...(isAboutCredentials
      ? ([
          [vscode.l10n.t('Sign In to AWS…'), 'flintrock.aws.signIn', profile ?? undefined],
          [vscode.l10n.t('Select AWS Profile'), 'flintrock.profile.select'],
        ] as const)
      : []),
    [
      code === 'AWS_MFA_REQUIRED' ? vscode.l10n.t('Enter MFA Code…') : vscode.l10n.t('Retry'),
      'flintrock.clusters.refresh',
    ],
    [vscode.l10n.t('Show Output'), 'flintrock.log.show'],
  ];
  void showWarning(text, ...actions.map(([title]) => title)).then((answer) => {
    const [, command, argument] = actions.find(([title]) => title === answer) ?? [];
    if (command !== undefined) void vscode.commands.executeCommand(command, argument);
  });
}
