import * as vscode from 'vscode';
import type { ExtensionServices } from '../extension-services.ts';
import { pickOne } from '../ui/window.ts';

/** Filter Clusters by Tag…: by a tag of the clusters, with any value or one. */
export async function filterByTag({ model, view }: ExtensionServices): Promise<void> {
  const { clusters } = await model.known();
  const pairs = clusters.flatMap(({ tags }) => Object.entries(tags));
  const keys = [...new Set(pairs.map(([key]) => key))].sort();
  const values = [...new Set(pairs.map(([key, value]) => JSON.stringify([key, value])))].sort();
  const picked = await pickOne(
    [
      { label: vscode.l10n.t('All clusters'), filter: undefined },
      ...keys.map((key) => ({
        label: key,
        description: vscode.l10n.t('Any value'),
        filter: { key, value: '' },
      })),
      ...values.map((pair) => {
        const [key, value] = JSON.parse(pair) as [string, string];
        return { label: `${key}: ${value}`, filter: { key, value } };
      }),
    ],
    {
      title: vscode.l10n.t('Filter clusters'),
      placeHolder: vscode.l10n.t('Show clusters with tag'),
    },
  );
  if (picked !== undefined) await view.setFilter(picked.filter);
}
