import * as vscode from 'vscode';
import { findProgram } from '../../base/machine/find-program.ts';
import { treeItem } from '../clusters/cluster-argument.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { openTerminal, showWarning } from '../ui/window.ts';

/**
 * Sign In to AWS…: `aws sso login` with the profile that a listing failed with, in a terminal; then everything is looked at again. The program
 * is started as it is, by no shell: a profile's name is an argument, whatever is in it.
 */
export async function signIn(
  { settings, engines, model }: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const item = treeItem(argument);
  const failed = item?.kind === 'problem' ? item.problem.profile : argument;
  const profile = typeof failed === 'string' ? failed : settings.profile;
  const program = await findProgram('aws', engines.places);
  if (program === undefined) {
    void showWarning(
      vscode.l10n.t(
        'The AWS CLI (aws) isn’t installed, or isn’t on the PATH. Install it to sign in.',
      ),
    );
    return;
  }
  const terminal = openTerminal({
    name: vscode.l10n.t('AWS sign-in'),
    iconPath: new vscode.ThemeIcon('account'),
    isTransient: true,
    shellPath: program,
    shellArgs: ['sso', 'login', ...(profile === undefined ? [] : ['--profile', profile])],
    cwd: engines.places.home,
  });
  const closed = vscode.window.onDidCloseTerminal((one) => {
    if (one !== terminal) return;
    closed.dispose();
    engines.forgetAccount();
    void model.refresh();
  });
  terminal.show();
}
