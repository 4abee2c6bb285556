import * as vscode from 'vscode';
import { requireCluster } from '../clusters/cluster-argument.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { resumeRecord, resumeWithLog } from '../launches/resume-launches.ts';

/** Resume Launch: one that another window, or another machine, began. */
export async function resumeLaunch(services: ExtensionServices, argument: unknown): Promise<void> {
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a launch to resume'),
    states: ['launching', 'half-launched'],
    none: vscode.l10n.t('No interrupted launches found.'),
  });
  if (cluster === undefined) return;
  const ref = refOf(cluster);
  const known = await services.launches.latest(cluster.name);
  if (known?.end?.status === 'interrupted') {
    services.launchLogs.show(known);
    await resumeRecord(services, known, ref);
    return;
  }
  const began = cluster.launchedAt === null ? new Date() : new Date(cluster.launchedAt);
  const record = await services.launches.begin(cluster.name, began);
  services.launchLogs.show(record);
  await resumeWithLog(services, record, ref);
}
