import type * as vscode from 'vscode';
import type { Attachments } from './attach/attachments.ts';
import type { ClusterJobs } from './clusters/cluster-jobs.ts';
import type { ClustersModel } from './clusters/clusters-model.ts';
import type { Descriptions } from './clusters/descriptions.ts';
import type { ViewOptions } from './clusters/view-options.ts';
import type { OpenForms } from './configuration/open-forms.ts';
import type { Settings } from './configuration/settings.ts';
import type { EngineFactory } from './engine/engine-factory.ts';
import type { Operations } from './engine/operations.ts';
import type { ExplanationPanels } from './history/explanation-panels.ts';
import type { LaunchLogPanels } from './launches/launch-log-panels.ts';
import type { Launches } from './launches/launches.ts';
import type { TargetCluster } from './tasks/target-cluster.ts';
import type { OpenPages } from './terminals/open-pages.ts';
import type { Terminals } from './terminals/terminals.ts';

/** What commands work with. */
export interface ExtensionServices {
  readonly log: vscode.LogOutputChannel;
  readonly settings: Settings;
  readonly engines: EngineFactory;
  readonly model: ClustersModel;
  readonly jobs: ClusterJobs;
  readonly view: ViewOptions;
  readonly operations: Operations;
  readonly launches: Launches;
  readonly launchLogs: LaunchLogPanels;
  readonly explanations: ExplanationPanels;
  readonly attachments: Attachments;
  /** The cluster that jobs of this workspace run on. */
  readonly target: TargetCluster;
  /** Whether terminals and notebooks of this window run on another machine than this extension. */
  readonly isElsewhere: boolean;
  /** Path of the program that runs files with the connection of an attached folder. */
  readonly connectedScript: string;
  readonly terminals: Terminals;
  readonly pages: OpenPages;
  readonly descriptions: Descriptions;
  readonly forms: OpenForms;
  /** Path of the configuration of `ssh` that is ours. */
  readonly sshConfig: string;
}
