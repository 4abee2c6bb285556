import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { formatMeasuredDuration } from '../../text/durations.ts';
import type { Outcome } from '../engine/operations.ts';
import { remediesText } from '../ui/remedies.ts';
import { showInformation } from '../ui/window.ts';
import type { LaunchRecord } from './launches.ts';

/** Records how a launch ended, whether begun or resumed here. */
export function finishRecord(
  record: LaunchRecord,
  outcome: Outcome<{ readonly cluster: Cluster }>,
): void {
  const time = new Date().toISOString();
  if (outcome.ok) {
    record.finish({ status: 'ready', time, error: null });
    return;
  }
  const { code, message, remedies, details } = outcome.error;
  const left = Array.isArray(details['left']) ? details['left'].map(String) : [];
  record.finish({
    status: code === 'ABORTED' ? 'cancelled' : 'failed',
    time,
    error: { code, message, hint: remediesText(remedies) || null, left },
  });
}

/** Shows that a launch completed, with buttons for what usually comes next. */
export function showLaunched({ name }: Cluster, seconds: number): void {
  const terminal = vscode.l10n.t('Open Terminal on Master');
  const webUi = vscode.l10n.t('Open Web UI');
  const text = vscode.l10n.t('Launched "{0}" in {1}.', name, formatMeasuredDuration(seconds));
  void showInformation(text, terminal, webUi).then((answer) => {
    if (answer === terminal) void vscode.commands.executeCommand('flintrock.cluster.login', name);
    if (answer === webUi) void vscode.commands.executeCommand('flintrock.cluster.openUi', name);
  });
}
