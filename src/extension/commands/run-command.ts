import * as vscode from 'vscode';
import { formatCount } from '../../text/counts.ts';
import { remedyOf, requireCluster } from '../clusters/cluster-argument.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { usableStates } from '../clusters/pick-cluster.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { OutputTerminal } from '../terminals/output-terminal.ts';
import { showFailure } from '../ui/failure.ts';
import { askForText } from '../ui/window.ts';

/** Run Command…: a shell command on all nodes, its output by node. */
export async function runCommand(services: ExtensionServices, argument: unknown): Promise<void> {
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster to run a command on'),
    states: usableStates,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const remedy = remedyOf(argument, 'runCommand');
  const masterOnly = remedy?.masterOnly ?? false;
  const command = await askForText({
    title: masterOnly
      ? vscode.l10n.t('Run a command on the master of "{0}"', cluster.name)
      : vscode.l10n.t('Run a command on all nodes of "{0}"', cluster.name),
    prompt: vscode.l10n.t('Shell command, such as df -h /'),
    // What a remedy asks for is run only after it was seen.
    ...(remedy !== undefined && { value: remedy.command }),
  });
  if (command === undefined || command.trim() === '') return;
  const doing = vscode.l10n.t('Running a command on "{0}"', cluster.name);
  const terminal = OutputTerminal.show(vscode.l10n.t('Command on {0}', cluster.name));
  terminal.write(`$ ${command}\n`, 'grey');
  const outcome = await services.operations.run({
    ref: refOf(cluster),
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
    terminal.fail(outcome.error);
    showFailure(doing, outcome.error);
    return;
  }
  const failed = outcome.value.nodes.filter(({ exitCode }) => exitCode !== 0);
  if (failed.length === 0)
    terminal.end(
      vscode.l10n.t(
        'Completed on {0}',
        formatCount(outcome.value.nodes.length, 'node', vscode.l10n.t),
      ),
      'green',
    );
  else
    terminal.end(
      vscode.l10n.t(
        'Failed on {0}',
        failed
          .map(({ node, exitCode }) => vscode.l10n.t('{0} (exit code {1})', node, exitCode))
          .join(', '),
      ),
      'red',
    );
}
