import { timeLimit } from '../../base/time-limit.ts';
import * as vscode from 'vscode';
import { type Cluster } from '../../model/cluster/cluster.ts';
import { toClusterError } from '../../model/errors.ts';
import { webPages, type WebPage } from '../../model/cluster/web-page.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { showFailure } from '../ui/failure.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { pickOne, showInformation, withProgress } from '../ui/window.ts';
import { requireTarget, treeItem, usable } from '../clusters/cluster-argument.ts';

/** How long a page may take to be there, in milliseconds. */
const openLimitMs = 60_000;

/** Open UI: in the browser; a picker if there are several. */
export async function openUi(services: ExtensionServices, argument: unknown): Promise<void> {
  const item = treeItem(argument);
  if (item?.kind === 'ui') {
    await openPage(services, item.cluster, item.page);
    return;
  }
  const cluster = await requireTarget(services, argument, {
    title: vscode.l10n.t('Open a web page of a cluster'),
    states: usable,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const pages = webPages(cluster);
  const [only] = pages;
  if (only === undefined) {
    void showInformation(vscode.l10n.t('"{0}" has no web page now.', cluster.name));
    return;
  }
  const picked =
    pages.length === 1
      ? only
      : await pickOne(
          pages.map((page) => ({ label: page.label, page })),
          {
            title: vscode.l10n.t('Open a web page of "{0}"', cluster.name),
            placeHolder: vscode.l10n.t('Pick a page'),
          },
        ).then((choice) => choice?.page);
  if (picked !== undefined) await openPage(services, cluster, picked);
}

async function openPage(
  services: ExtensionServices,
  cluster: Cluster,
  page: WebPage,
): Promise<void> {
  const doing = vscode.l10n.t('Opening {0} of "{1}"', page.label, cluster.name);
  try {
    const addresses = await withProgress({ location: 'window', title: doing }, () =>
      services.pages.addresses(refOf(cluster), page.id, timeLimit(openLimitMs)),
    );
    const [only] = addresses;
    if (only === undefined) {
      void showInformation(vscode.l10n.t('Nothing runs on "{0}" now.', cluster.name));
      return;
    }
    const picked =
      addresses.length === 1
        ? only
        : await pickOne(
            addresses.map((one) => ({ label: one.label, one })),
            {
              title: vscode.l10n.t('Jobs on "{0}"', cluster.name),
              placeHolder: vscode.l10n.t('Of which application?'),
            },
          ).then((choice) => choice?.one);
    // In a browser elsewhere VS Code forwards the port once more by itself.
    if (picked !== undefined) await vscode.env.openExternal(vscode.Uri.parse(picked.address, true));
  } catch (error) {
    showFailure(doing, toClusterError(error));
  }
}
