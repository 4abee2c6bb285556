import * as vscode from 'vscode';
import { timeLimit } from '../../base/time-limit.ts';
import { type Cluster } from '../../model/cluster/cluster.ts';
import { type WebPage, webPages } from '../../model/cluster/web-page.ts';
import { toClusterError } from '../../model/errors.ts';
import { isAttachedTo } from '../attach/attachment.ts';
import { requireCluster, treeItem } from '../clusters/cluster-argument.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { usableStates } from '../clusters/pick-cluster.ts';
import { webPageLabel } from '../clusters/web-page-label.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { pickOne, showInformation, withProgress } from '../ui/window.ts';

/** How long a page may take to be there, in milliseconds. */
const openLimitMs = 60_000;

/** Open Web UI: in the browser; asks which one if there are several. */
export async function openWebUi(services: ExtensionServices, argument: unknown): Promise<void> {
  const item = treeItem(argument);
  if (item?.kind === 'ui') {
    await openPage(services, item.cluster, item.page);
    return;
  }
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster to open a web UI of'),
    states: usableStates,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const pages = webPages(cluster);
  const [only] = pages;
  if (only === undefined) {
    void showInformation(vscode.l10n.t('No web UI of "{0}" is available.', cluster.name));
    return;
  }
  const picked =
    pages.length === 1
      ? only
      : await pickOne(
          pages.map((page) => ({ label: webPageLabel(page, vscode.l10n.t), page })),
          {
            title: vscode.l10n.t('Open web UI of "{0}"', cluster.name),
            placeHolder: vscode.l10n.t('Select a web UI'),
          },
        ).then((choice) => choice?.page);
  if (picked !== undefined) await openPage(services, cluster, picked);
}

async function openPage(
  services: ExtensionServices,
  cluster: Cluster,
  page: WebPage,
): Promise<void> {
  const doing = vscode.l10n.t(
    'Opening {0} of "{1}"',
    webPageLabel(page, vscode.l10n.t),
    cluster.name,
  );
  try {
    const ref = refOf(cluster);
    // An attached folder's connection has them already.
    const served = services.attachments.all
      .find((one) => isAttachedTo(one, ref))
      ?.session?.pages.find(({ label }) => label === page.label);
    const addresses =
      served !== undefined
        ? [served]
        : await withProgress({ location: 'window', title: doing }, () =>
            services.pages.addresses(ref, page.id, timeLimit(openLimitMs)),
          );
    const [only] = addresses;
    if (only === undefined) {
      void showInformation(vscode.l10n.t('No application is running on "{0}".', cluster.name));
      return;
    }
    const picked =
      addresses.length === 1
        ? only
        : await pickOne(
            addresses.map((one) => ({ label: one.label, one })),
            {
              title: vscode.l10n.t('Running applications on "{0}"', cluster.name),
              placeHolder: vscode.l10n.t('Select an application'),
            },
          ).then((choice) => choice?.one);
    // In a browser elsewhere VS Code forwards the port once more by itself.
    if (picked !== undefined) await vscode.env.openExternal(vscode.Uri.parse(picked.address, true));
  } catch (error) {
    showFailure(doing, toClusterError(error));
  }
}
