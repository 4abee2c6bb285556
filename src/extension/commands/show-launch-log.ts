import * as vscode from 'vscode';
import type { LaunchEnd } from '../../protocol/launch-log.ts';
import { treeItem } from '../clusters/cluster-argument.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import type { ExtensionServices } from '../extension-services.ts';
import type { LaunchRecord } from '../launches/launches.ts';
import { followCluster } from '../launches/resume-launches.ts';
import { pickOne, showInformation } from '../ui/window.ts';

/** Show Launch Log: that of a cluster, or the newest. */
export async function showLaunchLog(services: ExtensionServices, argument: unknown): Promise<void> {
  const item = treeItem(argument);
  const name =
    typeof argument === 'string'
      ? argument
      : item !== undefined && 'cluster' in item
        ? item.cluster.name
        : undefined;
  const record =
    name === undefined ? await pickLaunch(services) : await launchLogOf(services, name);
  if (record !== undefined) services.launchLogs.show(record);
  else if (name !== undefined)
    void showInformation(
      vscode.l10n.t('No launch log found for "{0}": it was launched elsewhere.', name),
    );
}

/** The log of a cluster's launch: that of a window, else what its cluster shows. */
async function launchLogOf(
  services: ExtensionServices,
  name: string,
): Promise<LaunchRecord | undefined> {
  const record = await services.launches.latest(name);
  const isOpen = record !== undefined && (record.end?.status ?? 'interrupted') === 'interrupted';
  // One that is launched now isn't of a launch that has ended.
  return isOpen ? record : ((await watchLaunch(services, name)) ?? record);
}

/** The launch of another client, as far as its cluster shows it; `undefined` if none is running. */
async function watchLaunch(
  services: ExtensionServices,
  name: string,
): Promise<LaunchRecord | undefined> {
  const cluster = services.model.clusters.find(
    (one) => one.name === name && (one.state === 'launching' || one.state === 'half-launched'),
  );
  if (cluster === undefined) return undefined;
  const began = cluster.launchedAt === null ? new Date() : new Date(cluster.launchedAt);
  const record = await services.launches.watch(name, began);
  followCluster(services, record, refOf(cluster));
  return record;
}

/** How a launch ended, as its log says it. */
function launchStatusText(end: LaunchEnd | null): string {
  switch (end?.status) {
    case undefined:
      return vscode.l10n.t('Launching');
    case 'ready':
      return vscode.l10n.t('Completed');
    case 'failed':
      return vscode.l10n.t('Failed');
    case 'cancelled':
      return vscode.l10n.t('Canceled');
    case 'interrupted':
      return vscode.l10n.t('Interrupted');
  }
}

async function pickLaunch({ launches }: ExtensionServices) {
  const records = await launches.all();
  if (records.length === 0) {
    void showInformation(vscode.l10n.t('No launch logs found.'));
    return undefined;
  }
  if (records.length === 1) return records[0];
  const picked = await pickOne(
    records.map((record) => ({
      label: record.header.cluster,
      description: `${launchStatusText(record.end)} · ${new Date(record.header.startedAt).toLocaleString()}`,
      record,
    })),
    { title: vscode.l10n.t('Select a launch') },
  );
  return picked?.record;
}
