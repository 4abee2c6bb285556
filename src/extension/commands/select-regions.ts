import * as vscode from 'vscode';
import type { ExtensionServices } from '../extension-services.ts';
import { pickMany } from '../ui/window.ts';

/** Select AWS Regions: any number. */
export async function selectRegions({ settings, engines }: ExtensionServices): Promise<void> {
  const chosen = settings.regions;
  const engine = await engines.plain();
  const regions = (await engine.choices('ec2Region')).map(({ value }) => value);
  const all = [...new Set([...regions, ...chosen])];
  const picked = await pickMany(
    all.map((label) => ({ label, picked: chosen.includes(label) })),
    {
      title: vscode.l10n.t('Select AWS Regions'),
      placeHolder: vscode.l10n.t('Select Regions (none: the default Region)'),
    },
  );
  if (picked !== undefined) await settings.setRegions(picked.map(({ label }) => label));
}
