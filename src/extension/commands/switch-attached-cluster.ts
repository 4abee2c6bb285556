import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { formatCluster } from '../../text/clusters.ts';
import { formatPlace } from '../../text/places.ts';
import { attach } from '../attach/attach.ts';
import { attachableFolder } from '../attach/attachable-folder.ts';
import { isAttachedTo } from '../attach/attachment.ts';
import { requireLocalCluster } from '../attach/local-cluster.ts';
import { localClusterName } from '../attach/local-cluster-name.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { usableStates } from '../clusters/pick-cluster.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { pickFound, type PickItem } from '../ui/window.ts';
import { detachCluster } from './detach-cluster.ts';

interface Way extends PickItem {
  readonly go: () => Promise<void>;
}

/** Switch Attached Cluster…: another one, this machine, or none. */
export async function switchAttachedCluster(services: ExtensionServices): Promise<void> {
  const { attachments } = services;
  const folder = attachments.current?.folder ?? (await attachableFolder(services.isElsewhere));
  if (folder === undefined) return;
  const picked = await pickFound(
    {
      title: vscode.l10n.t('Spark cluster of "{0}"', folder.name),
      placeHolder: vscode.l10n.t('Select a cluster to attach'),
    },
    async () => {
      await services.model.refresh();
      return ways(services, folder);
    },
    vscode.l10n.t('No cluster is running.'),
  );
  await picked?.go();
}

function ways(services: ExtensionServices, folder: vscode.WorkspaceFolder): readonly Way[] {
  const { attachments, model } = services;
  const current = attachments.of(folder.uri);
  const own = localClusterName(folder.uri.fsPath);
  const isOwn = ({ provider, name }: Cluster): boolean => provider === 'local' && name === own;
  return [
    ...model.clusters
      .filter((cluster) => usableStates.includes(cluster.state) && !isOwn(cluster))
      .map((cluster): Way => {
        const isCurrent = isAttachedTo(current, refOf(cluster));
        const state = formatCluster(cluster, Date.now(), undefined, vscode.l10n.t);
        return {
          icon: isCurrent ? 'check' : 'server-environment',
          label: cluster.name,
          description: state,
          // Not to be mixed up with the row below.
          detail: cluster.provider === 'local' ? undefined : formatPlace(cluster, vscode.l10n.t),
          go: () => attach(services, folder, cluster),
        };
      }),
    {
      icon:
        current?.ref.provider === 'local' && current.ref.name === own ? 'check' : 'device-desktop',
      label: vscode.l10n.t('This machine'),
      description: vscode.l10n.t('Local cluster "{0}"', own),
      detail: model.clusters.some(isOwn)
        ? undefined
        : vscode.l10n.t('Launched when you select it; no AWS account required'),
      go: async () => {
        const cluster = await requireLocalCluster(services, folder);
        if (cluster !== undefined) await attach(services, folder, cluster);
      },
    },
    ...(current === undefined
      ? []
      : [
          {
            icon: 'debug-disconnect',
            label: vscode.l10n.t('Detach'),
            description: vscode.l10n.t(
              'Terminals and notebooks no longer use "{0}"',
              current.ref.name,
            ),
            go: () => detachCluster(services),
          },
        ]),
  ];
}
