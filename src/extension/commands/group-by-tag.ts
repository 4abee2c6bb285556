import * as vscode from 'vscode';
import type { ExtensionServices } from '../extension-services.ts';
import { pickOne } from '../ui/window.ts';
import { placeGrouping } from '../clusters/tree/tree-item.ts';

/** Group by Tag…: any tag that is there, the place, or none. */
export async function groupByTag({ model, view }: ExtensionServices): Promise<void> {
  const { clusters } = await model.known();
  const keys = [...new Set(clusters.flatMap(({ tags }) => Object.keys(tags)))].sort();
  const item = (label: string, groupBy: string | undefined, detail = '') => ({
    label,
    detail,
    description: view.groupBy === groupBy ? vscode.l10n.t('in use') : '',
    groupBy,
  });
  const picked = await pickOne(
    [
      item('No groups', undefined),
      item('Place', placeGrouping, 'This machine, and each region'),
      ...keys.map((key) => item(key, key)),
    ],
    { title: vscode.l10n.t('Group clusters'), placeHolder: vscode.l10n.t('By what?') },
  );
  if (picked !== undefined) await view.setGroupBy(picked.groupBy);
}
