import * as vscode from 'vscode';
import type { LaunchAction } from '../../protocol/launch-log.ts';
import type { LaunchRecord } from './launches.ts';

/** Carries out what the person asks for in a launch log: by the same commands as everywhere else. */
export function actOnLaunch(action: LaunchAction, record: LaunchRecord): void {
  const command = (id: string): void =>
    void vscode.commands.executeCommand(id, record.header.cluster);
  switch (action) {
    case 'cancel':
      command('flintrock.cluster.cancelLaunch');
      break;
    case 'login':
      command('flintrock.cluster.login');
      break;
    case 'openUi':
      command('flintrock.cluster.openUi');
      break;
    case 'resume':
      command('flintrock.cluster.resume');
      break;
    case 'cleanUp':
      command('flintrock.cluster.destroy');
      break;
    case 'showLog':
      command('flintrock.log.show');
      break;
  }
}
