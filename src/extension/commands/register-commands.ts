import * as vscode from 'vscode';
import { toClusterError } from '../../model/errors.ts';
import { showFailure } from '../failure.ts';
import { logError } from '../log.ts';
import type { Parts } from '../parts.ts';
import {
  addWorkers,
  destroyClusters,
  refreshClusters,
  removeWorkers,
  startCluster,
  stopClusters,
} from './change-cluster.ts';
import { editConfiguration } from './edit-configuration.ts';
import { launchCluster, launchFromFile } from './launch-cluster.ts';
import { cancelLaunch, launchActions } from './cancel-launch.ts';
import { extendLifetime } from './extend-lifetime.ts';
import { authorizeAddress, repairCluster, resumeLaunch } from './mend-cluster.ts';
import { findTrouble } from './run-diagnostics.ts';
import { explainProblem, signIn } from './sign-in.ts';
import { openRemote } from './open-remote.ts';
import { copyFile, runCommand, runCurrentFile, submitFile } from './run-on-cluster.ts';
import { filterByTag, groupByTag, selectProfile, selectRegions } from './select.ts';
import {
  describeCluster,
  loginToMaster,
  loginToNode,
  openUi,
  showLaunchLog,
} from './use-cluster.ts';

type Handler = (parts: Parts, argument: unknown, selected: unknown) => unknown;

/** Every command, by its id: a test compares them with those of the manifest. */
const commands: Readonly<Record<string, Handler>> = {
  'flintrock.cluster.launch': launchCluster,
  'flintrock.cluster.launchFromFile': launchFromFile,
  'flintrock.cluster.start': startCluster,
  'flintrock.cluster.stop': stopClusters,
  'flintrock.cluster.destroy': destroyClusters,
  'flintrock.cluster.addWorkers': addWorkers,
  'flintrock.cluster.removeWorkers': removeWorkers,
  'flintrock.cluster.resume': resumeLaunch,
  'flintrock.cluster.cancelLaunch': cancelLaunch,
  'flintrock.cluster.launchActions': launchActions,
  'flintrock.cluster.repair': repairCluster,
  'flintrock.cluster.authorize': authorizeAddress,
  'flintrock.cluster.extend': extendLifetime,
  'flintrock.clusters.doctor': findTrouble,
  'flintrock.cluster.login': loginToMaster,
  'flintrock.node.login': loginToNode,
  'flintrock.cluster.openUi': openUi,
  'flintrock.cluster.openRemote': openRemote,
  'flintrock.cluster.submit': submitFile,
  'flintrock.cluster.runFile': runCurrentFile,
  'flintrock.cluster.runCommand': runCommand,
  'flintrock.cluster.copyFile': copyFile,
  'flintrock.cluster.describe': describeCluster,
  'flintrock.cluster.showLaunchLog': showLaunchLog,
  'flintrock.configuration.edit': editConfiguration,
  'flintrock.profile.select': selectProfile,
  'flintrock.regions.select': selectRegions,
  'flintrock.aws.signIn': signIn,
  'flintrock.clusters.refresh': refreshClusters,
  'flintrock.clusters.explainProblem': explainProblem,
  'flintrock.clusters.groupByTag': groupByTag,
  'flintrock.clusters.filterByTag': filterByTag,
  'flintrock.log.show': ({ log }) => log.show(),
};

/** Registers every command; what none of them foresaw is shown, and in the log. */
export function registerCommands(parts: Parts): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([id, handler]) =>
      vscode.commands.registerCommand(id, async (argument: unknown, selected: unknown) => {
        try {
          await handler(parts, argument, selected);
        } catch (error) {
          logError(parts.log, id, error);
          showFailure('Flintrock', toClusterError(error));
        }
      }),
    ),
  );
}
