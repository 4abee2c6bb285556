import { basename, isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { toClusterError } from '../../model/errors.ts';
import { connectedProgram } from '../attach/running/run-connected.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { OutputTerminal } from '../terminals/output-terminal.ts';
import { isTrusted } from '../trust.ts';
import { showFailure } from '../ui/failure.ts';
import { makeTask, programExecution } from '../ui/window.ts';
import {
  type JobDefinition,
  jobOfDefinition,
  problemMatcher,
  readJobDefinition,
  taskType,
} from './job-definition.ts';
import { isJobFile } from './job-file.ts';
import { runJob } from './run-job.ts';

/** Where a task belongs: VS Code has none for windows without a folder. */
type TaskPlace = vscode.WorkspaceFolder | vscode.TaskScope;

/** Runs a job as a task: it can be run again, has a terminal of its own, and an exit code. */
export async function startJob(
  services: ExtensionServices,
  cluster: Cluster,
  definition: JobDefinition,
): Promise<void> {
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(definition.file));
  const place = folder ?? vscode.workspace.workspaceFolders?.[0];
  if (place === undefined) {
    const title = vscode.l10n.t('{0} on {1}', basename(definition.file), cluster.name);
    await runJob(services, cluster, jobOfDefinition(definition), OutputTerminal.show(title));
    return;
  }
  await vscode.tasks.executeTask(jobTask(services, definition, place, cluster));
}

/** Our tasks in `tasks.json` and under *Run Task…*. */
export function registerJobTasks(services: ExtensionServices): vscode.Disposable {
  return vscode.tasks.registerTaskProvider(taskType, {
    provideTasks: () => {
      const uri = vscode.window.activeTextEditor?.document.uri;
      const folder = uri === undefined ? undefined : vscode.workspace.getWorkspaceFolder(uri);
      if (uri === undefined || folder === undefined || !isJobFile(uri)) return [];
      return [jobTask(services, { type: taskType, file: uri.fsPath }, folder, undefined)];
    },
    resolveTask: async (task) => {
      try {
        return await resolveTask(services, task);
      } catch (error) {
        showFailure(vscode.l10n.t('Running the task "{0}"', task.name), toClusterError(error));
        return undefined;
      }
    },
  });
}

/** A task of `tasks.json`, whose definition has to stay the same object. */
async function resolveTask(
  services: ExtensionServices,
  { definition, scope, name }: vscode.Task,
): Promise<vscode.Task | undefined> {
  const job = readJobDefinition(definition);
  const place = scope ?? vscode.TaskScope.Workspace;
  if (job.connected !== true) return jobTask(services, job, place, undefined, definition, name);
  const program = await connectedProgram(services, pathOf(job.file, place));
  if (program === undefined) return undefined;
  return makeTask({ name, definition, place, execution: programExecution(program) });
}

function jobTask(
  services: ExtensionServices,
  job: JobDefinition,
  place: TaskPlace,
  cluster: Cluster | undefined,
  definition: vscode.TaskDefinition = job,
  name: string = basename(job.file),
): vscode.Task {
  // Variables such as ${file} have their values only when it runs.
  const execution = new vscode.CustomExecution((resolved) => {
    const terminal = new OutputTerminal();
    void runDefinition(services, resolved, place, cluster, terminal).catch((error: unknown) =>
      terminal.fail(toClusterError(error)),
    );
    return Promise.resolve(terminal);
  });
  return makeTask({ name, definition, place, execution, problemMatcher });
}

async function runDefinition(
  services: ExtensionServices,
  resolved: vscode.TaskDefinition,
  place: TaskPlace,
  given: Cluster | undefined,
  terminal: OutputTerminal,
): Promise<void> {
  const definition = readJobDefinition(resolved);
  const file = pathOf(definition.file, place);
  if (!isTrusted(vscode.Uri.file(file))) {
    terminal.end(vscode.l10n.t('This command requires a trusted workspace.'), 'red', 1);
    return;
  }
  const title = vscode.l10n.t('Run {0} on a cluster', basename(file));
  const cluster =
    // It may have been stopped since, when a task is run again.
    (given && services.model.find(given)) ??
    (await services.target.require(definition.cluster, title));
  if (cluster === undefined) {
    terminal.end(vscode.l10n.t('No cluster was selected.'), 'grey', 1);
    return;
  }
  await runJob(services, cluster, jobOfDefinition({ ...definition, file }), terminal);
}

/** The path of a task's file, which may be relative to the folder. */
function pathOf(file: string, place: TaskPlace): string {
  const folder =
    typeof place === 'object' ? place : (vscode.workspace.workspaceFolders ?? [undefined])[0];
  return isAbsolute(file) || folder === undefined ? file : join(folder.uri.fsPath, file);
}
