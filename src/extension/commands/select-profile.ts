import * as vscode from 'vscode';
import type { ExtensionServices } from '../extension-services.ts';
import { pickOne } from '../ui/window.ts';

/** Select AWS Profile: one of AWS's files. */
export async function selectProfile({ settings, engines }: ExtensionServices): Promise<void> {
  const engine = await engines.plain();
  const names = (await engine.choices('ec2Profile')).map(({ value }) => value);
  const current = settings.profile ?? '';
  const mark = (profile: string) => (profile === current ? vscode.l10n.t('Current') : '');
  const picked = await pickOne(
    [
      {
        label: vscode.l10n.t('Default credential chain'),
        detail: vscode.l10n.t('Environment, then the default profile'),
        description: mark(''),
        profile: '',
      },
      ...names.map((profile) => ({
        label: profile,
        detail: '',
        description: mark(profile),
        profile,
      })),
    ],
    {
      title: vscode.l10n.t('Select AWS profile'),
      placeHolder: vscode.l10n.t('Select a profile'),
    },
  );
  if (picked !== undefined) await settings.setProfile(picked.profile);
}
