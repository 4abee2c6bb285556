import * as vscode from 'vscode';
import type { LaunchAction } from '../protocol/launch-log.ts';
import type { LaunchRecord } from './launches.ts';
import { ask } from './ui/window.ts';

/** Carries out what the person asks for in a launch log: by the same commands as everywhere else. */
export function actOnLaunch(action: LaunchAction, record: LaunchRecord): void {
  const command = (id: string): void =>
    void vscode.commands.executeCommand(id, record.header.cluster);
  switch (action) {
    case 'cancel':
      void cancel(record);
      break;
    case 'login':
      command('flintrock.cluster.login');
      break;
    case 'openUi':
      command('flintrock.cluster.openUi');
      break;
    case 'cleanUp':
      command('flintrock.cluster.destroy');
      break;
    case 'showLog':
      command('flintrock.log.show');
      break;
  }
}

async function cancel(record: LaunchRecord): Promise<void> {
  const answer = await ask(
    {
      text: vscode.l10n.t('Cancel the launch of "{0}"?', record.header.cluster),
      detail: vscode.l10n.t('What it made so far is removed.'),
    },
    vscode.l10n.t('Cancel Launch'),
  );
  if (answer !== undefined) record.cancel?.();
}
