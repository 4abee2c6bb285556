import * as vscode from 'vscode';
import { toClusterError } from '../model/errors.ts';
import { addWorkers } from './commands/add-workers.ts';
import { attachCluster } from './commands/attach-cluster.ts';
import { authorizeAddress } from './commands/authorize-address.ts';
import { cancelJob } from './commands/cancel-job.ts';
import { cancelLaunch, launchActions } from './commands/cancel-launch.ts';
import { copyFile } from './commands/copy-file.ts';
import { createPythonEnvironment } from './commands/create-python-environment.ts';
import { destroyClusters } from './commands/destroy-clusters.ts';
import { detachCluster } from './commands/detach-cluster.ts';
import { editConfiguration } from './commands/edit-configuration.ts';
import { explainApplicationOf } from './commands/explain-application.ts';
import { showProblem } from './commands/explain-listing-problem.ts';
import { explainSaved } from './commands/explain-saved.ts';
import { extendLifetime } from './commands/extend-lifetime.ts';
import { filterByTag } from './commands/filter-by-tag.ts';
import { groupByTag } from './commands/group-by-tag.ts';
import { installPackages } from './commands/install-packages.ts';
import { launchCluster } from './commands/launch-cluster.ts';
import { launchFromFile } from './commands/launch-from-file.ts';
import { openMasterTerminal } from './commands/open-master-terminal.ts';
import { openTerminalOnNode } from './commands/open-node-terminal.ts';
import { openRemote } from './commands/open-remote.ts';
import { openWebUi } from './commands/open-web-ui.ts';
import { refreshClusters } from './commands/refresh-clusters.ts';
import { removeWorkers } from './commands/remove-workers.ts';
import { repairCluster } from './commands/repair-cluster.ts';
import { resumeLaunch } from './commands/resume-launch.ts';
import { runCommand } from './commands/run-command.ts';
import { runCurrentFile } from './commands/run-current-file.ts';
import { runDiagnostics } from './commands/run-diagnostics.ts';
import { runSelection } from './commands/run-selection.ts';
import { selectJobCluster } from './commands/select-job-cluster.ts';
import { selectProfile } from './commands/select-profile.ts';
import { selectRegions } from './commands/select-regions.ts';
import { showClusterDetails } from './commands/show-cluster-details.ts';
import { showJobLog } from './commands/show-job-log.ts';
import { showLaunchLog } from './commands/show-launch-log.ts';
import { showSavedHistory } from './commands/show-saved-history.ts';
import { signIn } from './commands/sign-in.ts';
import { startCluster } from './commands/start-cluster.ts';
import { stopClusters } from './commands/stop-clusters.ts';
import { submitFile } from './commands/submit-file.ts';
import { switchAttachedCluster } from './commands/switch-attached-cluster.ts';
import { logError } from './engine/log.ts';
import type { ExtensionServices } from './extension-services.ts';
import { showFailure } from './ui/failure.ts';

type Handler = (services: ExtensionServices, argument: unknown, selected: unknown) => unknown;

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
  'flintrock.cluster.install': installPackages,
  'flintrock.clusters.doctor': runDiagnostics,
  'flintrock.cluster.login': openMasterTerminal,
  'flintrock.node.login': openTerminalOnNode,
  'flintrock.cluster.openUi': openWebUi,
  'flintrock.history.showSaved': showSavedHistory,
  'flintrock.history.explainSaved': explainSaved,
  'flintrock.cluster.openRemote': openRemote,
  'flintrock.cluster.attach': attachCluster,
  'flintrock.cluster.createPythonEnvironment': createPythonEnvironment,
  'flintrock.cluster.detach': detachCluster,
  'flintrock.cluster.switchAttached': switchAttachedCluster,
  'flintrock.cluster.submit': submitFile,
  'flintrock.file.submit': submitFile,
  'flintrock.cluster.runFile': runCurrentFile,
  'flintrock.cluster.runSelection': runSelection,
  'flintrock.jobs.selectCluster': selectJobCluster,
  'flintrock.job.showLog': showJobLog,
  'flintrock.job.cancel': cancelJob,
  'flintrock.job.explain': explainApplicationOf,
  'flintrock.cluster.explain': explainApplicationOf,
  'flintrock.cluster.runCommand': runCommand,
  'flintrock.cluster.copyFile': copyFile,
  'flintrock.cluster.describe': showClusterDetails,
  'flintrock.cluster.showLaunchLog': showLaunchLog,
  'flintrock.configuration.edit': editConfiguration,
  'flintrock.profile.select': selectProfile,
  'flintrock.regions.select': selectRegions,
  'flintrock.aws.signIn': signIn,
  'flintrock.clusters.refresh': refreshClusters,
  'flintrock.clusters.explainProblem': showProblem,
  'flintrock.clusters.groupByTag': groupByTag,
  'flintrock.clusters.filterByTag': filterByTag,
  'flintrock.log.show': ({ log }) => log.show(),
};

/** Registers every command; what none of them foresaw is shown, and in the log. */
export function registerCommands(services: ExtensionServices): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([id, handler]) =>
      vscode.commands.registerCommand(id, async (argument: unknown, selected: unknown) => {
        try {
          await handler(services, argument, selected);
        } catch (error) {
          logError(services.log, id, error);
          showFailure('Flintrock', toClusterError(error));
        }
      }),
    ),
  );
}
