import type * as vscode from 'vscode';
import type { ClustersModel } from './clusters-model.ts';
import type { Descriptions } from './descriptions.ts';
import type { EngineDoor } from './engine-door.ts';
import type { Launches } from './launches.ts';
import type { OpenPages } from './open-pages.ts';
import type { Operations } from './operations.ts';
import type { LaunchLogPanels } from './panels/launch-log-panels.ts';
import type { Settings } from './settings.ts';
import type { Terminals } from './terminals/terminals.ts';
import type { ViewOptions } from './view-options.ts';

/** What commands work with. */
export interface Parts {
  readonly log: vscode.LogOutputChannel;
  readonly settings: Settings;
  readonly door: EngineDoor;
  readonly model: ClustersModel;
  readonly view: ViewOptions;
  readonly operations: Operations;
  readonly launches: Launches;
  readonly launchLogs: LaunchLogPanels;
  readonly terminals: Terminals;
  readonly pages: OpenPages;
  readonly descriptions: Descriptions;
  /** Path of the configuration of `ssh` that is ours. */
  readonly sshConfig: string;
}
