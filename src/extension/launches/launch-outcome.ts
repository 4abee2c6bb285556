import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { formatMeasuredDuration } from '../../text/durations.ts';
import { remediesText } from '../ui/remedies.ts';
import type { LaunchRecord } from './launches.ts';
import type { Outcome } from '../engine/operations.ts';
import { showInformation } from '../ui/window.ts';

/** Writes down how a launch ended, begun here or gone on with. */
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

/** Says that a launch is over, and offers what one does then. */
export function sayReady({ name }: Cluster, seconds: number): void {
  const [connect, ui] = ['Connect', 'Open Spark UI'];
  const text = vscode.l10n.t('"{0}" is running after {1}.', name, formatMeasuredDuration(seconds));
  void showInformation(text, connect, ui).then((answer) => {
    if (answer === connect) void vscode.commands.executeCommand('flintrock.cluster.login', name);
    if (answer === ui) void vscode.commands.executeCommand('flintrock.cluster.openUi', name);
  });
}
