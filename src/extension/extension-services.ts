import type * as vscode from 'vscode';
import type { ClustersModel } from './clusters/clusters-model.ts';
import type { Descriptions } from './clusters/descriptions.ts';
import type { ViewOptions } from './clusters/view-options.ts';
import type { OpenForms } from './configuration/open-forms.ts';
import type { Settings } from './configuration/settings.ts';
import type { EngineFactory } from './engine/engine-factory.ts';
import type { Operations } from './engine/operations.ts';
import type { LaunchLogPanels } from './launches/launch-log-panels.ts';
import type { Launches } from './launches/launches.ts';
import type { OpenPages } from './terminals/open-pages.ts';
import type { Terminals } from './terminals/terminals.ts';

/** What commands work with. */
export interface ExtensionServices {
  readonly log: vscode.LogOutputChannel;
  readonly settings: Settings;
  readonly engines: EngineFactory;
  readonly model: ClustersModel;
  readonly view: ViewOptions;
  readonly operations: Operations;
  readonly launches: Launches;
  readonly launchLogs: LaunchLogPanels;
  readonly terminals: Terminals;
  readonly pages: OpenPages;
  readonly descriptions: Descriptions;
  readonly forms: OpenForms;
  /** Path of the configuration of `ssh` that is ours. */
  readonly sshConfig: string;
}
