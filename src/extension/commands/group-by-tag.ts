import * as vscode from 'vscode';
import { locationGrouping } from '../clusters/tree/tree-item.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { pickOne } from '../ui/window.ts';

/** Group Clusters by Tag…: by a tag of the clusters, by location, or not at all. */
export async function groupByTag({ model, view }: ExtensionServices): Promise<void> {
  const { clusters } = await model.known();
  const keys = [...new Set(clusters.flatMap(({ tags }) => Object.keys(tags)))].sort();
  const item = (label: string, groupBy: string | undefined, detail = '') => ({
    label,
    detail,
    description: view.groupBy === groupBy ? vscode.l10n.t('Current') : '',
    groupBy,
  });
  const picked = await pickOne(
    [
      item(vscode.l10n.t('None'), undefined),
      item(
        vscode.l10n.t('Location'),
        locationGrouping,
        vscode.l10n.t('Local machine and AWS Regions'),
      ),
      ...keys.map((key) => item(key, key)),
    ],
    { title: vscode.l10n.t('Group clusters'), placeHolder: vscode.l10n.t('Group by') },
  );
  if (picked !== undefined) await view.setGroupBy(picked.groupBy);
}
