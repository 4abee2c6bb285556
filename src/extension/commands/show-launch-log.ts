import * as vscode from 'vscode';
import { refOf } from '../clusters/cluster-ref.ts';
import type { LaunchRecord } from '../launches/launches.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { followCluster } from '../launches/resume-launches.ts';
import { pickOne, showInformation } from '../ui/window.ts';
import { treeItem } from '../clusters/cluster-argument.ts';

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
      vscode.l10n.t('"{0}" was not launched from here: there is no launch log of it.', name),
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

/** The launch of another client, as far as its cluster shows it; `undefined` if none goes on. */
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

async function pickLaunch({ launches }: ExtensionServices) {
  const records = await launches.all();
  if (records.length === 0) {
    void showInformation(vscode.l10n.t('No cluster was launched from here yet.'));
    return undefined;
  }
  if (records.length === 1) return records[0];
  const picked = await pickOne(
    records.map((record) => ({
      label: record.header.cluster,
      description: `${record.end?.status ?? 'launching'} · ${new Date(record.header.startedAt).toLocaleString()}`,
      record,
    })),
    { title: vscode.l10n.t('Show a launch log') },
  );
  return picked?.record;
}
