import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { placeOf } from '../cluster-key.ts';
import { showFailure } from '../failure.ts';
import type { Parts } from '../parts.ts';
import { OutputTerminal } from '../terminals/output-terminal.ts';
import { isTrusted } from '../trust.ts';
import { formatCount } from '../../text/counts.ts';
import { formatMeasuredDuration } from '../../text/durations.ts';
import { askForText, chooseFile, pickOne, showInformation } from '../ui/window.ts';
import { splitArguments } from './split-arguments.ts';
import { remedyOf, requireTarget, usable } from './targets.ts';

/** Submit File…: a `.py` or `.jar` of this machine. */
export async function submitFile(parts: Parts, argument: unknown): Promise<void> {
  const cluster = await requireTarget(parts, argument, {
    title: vscode.l10n.t('Submit a file to a cluster'),
    states: usable,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const file = await chooseFile({
    title: vscode.l10n.t('Submit to "{0}"', cluster.name),
    openLabel: vscode.l10n.t('Submit'),
    filters: { 'Spark jobs': ['py', 'jar'] },
  });
  if (file === undefined || !isTrusted(file)) return;
  const args = await askForText({
    title: vscode.l10n.t('Submit {0} to "{1}"', basename(file.fsPath), cluster.name),
    prompt: vscode.l10n.t(
      'Arguments of the job, if it takes any; what has spaces in it stands in quotes',
    ),
  });
  if (args !== undefined) await submit(parts, cluster, file.fsPath, splitArguments(args));
}

/** Run Current File on Cluster: the Python file of the active editor, saved first. */
export async function runCurrentFile(parts: Parts, argument: unknown): Promise<void> {
  const uri =
    argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme !== 'file' || !uri.fsPath.endsWith('.py')) {
    void showInformation(vscode.l10n.t('Open a Python file of this machine to run it.'));
    return;
  }
  if (!isTrusted(uri)) return;
  const document = vscode.workspace.textDocuments.find(
    (one) => one.uri.toString() === uri.toString(),
  );
  if (document?.isDirty === true && !(await document.save())) return;
  const cluster = await requireTarget(parts, undefined, {
    title: vscode.l10n.t('Run {0} on a cluster', basename(uri.fsPath)),
    states: usable,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster !== undefined) await submit(parts, cluster, uri.fsPath, []);
}

async function submit(
  parts: Parts,
  cluster: Cluster,
  file: string,
  args: readonly string[],
): Promise<void> {
  const doing = vscode.l10n.t('Running {0} on "{1}"', basename(file), cluster.name);
  const terminal = OutputTerminal.show(`${basename(file)} on ${cluster.name}`);
  terminal.write(`${[basename(file), ...args].join(' ')} on ${cluster.name}\n`, 'grey');
  const outcome = await parts.operations.run({
    place: placeOf(cluster),
    verb: 'submit',
    title: doing,
    location: 'elsewhere',
    onStart: (cancel) => void terminal.onDidInterrupt(cancel),
    onEvent: (event) => {
      if (event.code === 'job.output') terminal.write(event.text);
    },
    work: (engine, options) => engine.submit(cluster.name, { file, args }, options),
  });
  if (!outcome.ok) {
    terminal.end(outcome.error.message, outcome.error.code === 'ABORTED' ? 'grey' : 'red');
    showFailure(doing, outcome.error);
    return;
  }
  const { exitCode, job, seconds } = outcome.value;
  if (exitCode === null) terminal.end(vscode.l10n.t('{0} was left running.', job), 'grey');
  else
    terminal.end(
      exitCode === 0
        ? vscode.l10n.t('Completed in {0}', formatMeasuredDuration(seconds))
        : vscode.l10n.t(
            'Failed with exit code {0} ({1})',
            exitCode,
            formatMeasuredDuration(seconds),
          ),
      exitCode === 0 ? 'green' : 'red',
    );
}

/** Run Command…: a shell command on all nodes, its output by node. */
export async function runCommand(parts: Parts, argument: unknown): Promise<void> {
  const cluster = await requireTarget(parts, argument, {
    title: vscode.l10n.t('Run a command on a cluster'),
    states: usable,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const remedy = remedyOf(argument, 'runCommand');
  const masterOnly = remedy?.masterOnly ?? false;
  const command = await askForText({
    title: masterOnly
      ? vscode.l10n.t('Run a command on the master of "{0}"', cluster.name)
      : vscode.l10n.t('Run a command on all nodes of "{0}"', cluster.name),
    prompt: vscode.l10n.t('A shell command, such as: df -h /'),
    // What a remedy asks for is run only after it was seen.
    ...(remedy !== undefined && { value: remedy.command }),
  });
  if (command === undefined || command.trim() === '') return;
  const doing = vscode.l10n.t('Running a command on "{0}"', cluster.name);
  const terminal = OutputTerminal.show(`command on ${cluster.name}`);
  terminal.write(`$ ${command}\n`, 'grey');
  const outcome = await parts.operations.run({
    place: placeOf(cluster),
    verb: 'runCommand',
    title: doing,
    location: 'elsewhere',
    onStart: (cancel) => void terminal.onDidInterrupt(cancel),
    onEvent: (event) => {
      if (event.code !== 'command.output') return;
      terminal.write(`${event.node}  `, 'grey');
      terminal.write(`${event.line}\n`);
    },
    work: (engine, options) => engine.runCommand(cluster.name, command, { ...options, masterOnly }),
  });
  if (!outcome.ok) {
    terminal.end(outcome.error.message, outcome.error.code === 'ABORTED' ? 'grey' : 'red');
    showFailure(doing, outcome.error);
    return;
  }
  const failed = outcome.value.nodes.filter(({ exitCode }) => exitCode !== 0);
  if (failed.length === 0)
    terminal.end(
      vscode.l10n.t('Done on {0}.', formatCount(outcome.value.nodes.length, 'node', vscode.l10n.t)),
      'green',
    );
  else
    terminal.end(
      `Failed on ${failed.map(({ node, exitCode }) => `${node} (exit code ${exitCode})`).join(', ')}.`,
      'red',
    );
}

/** Copy File…: to all nodes, or from the master. */
export async function copyFile(parts: Parts, argument: unknown): Promise<void> {
  const cluster = await requireTarget(parts, argument, {
    title: vscode.l10n.t('Copy a file to or from a cluster'),
    states: usable,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const title = vscode.l10n.t('Copy files of "{0}"', cluster.name);
  const picked = await pickOne(
    [
      { icon: 'cloud-upload', label: vscode.l10n.t('To all nodes'), direction: 'up' as const },
      {
        icon: 'cloud-download',
        label: vscode.l10n.t('From the master'),
        direction: 'down' as const,
      },
    ],
    { title },
  );
  if (picked === undefined) return;
  const { direction } = picked;
  const chosen = await chooseFile({
    title,
    openLabel: direction === 'up' ? vscode.l10n.t('Copy') : vscode.l10n.t('Copy Here'),
    canSelectFolders: direction === 'down',
    canSelectFiles: direction === 'up',
  });
  if (chosen === undefined) return;
  const remote = await askForText({
    title,
    prompt: vscode.l10n.t('Path on the nodes; a relative one starts from the home folder there'),
    value: direction === 'up' ? basename(chosen.fsPath) : '',
    problem: (text) => (text.trim() === '' ? 'Give a path.' : undefined),
  });
  if (remote === undefined) return;
  const local = direction === 'up' ? chosen.fsPath : join(chosen.fsPath, basename(remote));
  const doing = vscode.l10n.t('Copying files of "{0}"', cluster.name);
  const outcome = await parts.operations.run({
    place: placeOf(cluster),
    verb: 'copyFile',
    title: doing,
    work: (engine, options) =>
      engine.copyFile(
        cluster.name,
        { direction, local, remote },
        { ...options, masterOnly: direction === 'down' },
      ),
  });
  if (!outcome.ok) showFailure(doing, outcome.error);
  else
    void showInformation(
      direction === 'up'
        ? vscode.l10n.t(
            'Copied to {0}.',
            formatCount(outcome.value.nodes.length, 'node', vscode.l10n.t),
          )
        : vscode.l10n.t('Copied to {0}.', local),
    );
}
