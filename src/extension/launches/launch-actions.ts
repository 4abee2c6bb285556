import * as vscode from 'vscode';
import type { LaunchAction } from '../../protocol/launch-log.ts';
import type { LaunchRecord } from './launches.ts';

/** Carries out what the user asks for in a launch log: by the same commands as everywhere else. */
export function actOnLaunch(action: LaunchAction, record: LaunchRecord): void {
  const run = (id: string): void => void vscode.commands.executeCommand(id, record.header.cluster);
  switch (action) {
    case 'cancel':
      run('flintrock.cluster.cancelLaunch');
      break;
    case 'login':
      run('flintrock.cluster.login');
      break;
    case 'openUi':
      run('flintrock.cluster.openUi');
      break;
    case 'resume':
      run('flintrock.cluster.resume');
      break;
    case 'cleanUp':
      run('flintrock.cluster.destroy');
      break;
    case 'showLog':
      run('flintrock.log.show');
      break;
  }
}
