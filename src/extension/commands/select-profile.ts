import * as vscode from 'vscode';
import type { ExtensionServices } from '../extension-services.ts';
import { pickOne } from '../ui/window.ts';

/** Select Profile: one of AWS's files. */
export async function selectProfile({ settings, engines: door }: ExtensionServices): Promise<void> {
  const engine = await door.plain();
  const names = (await engine.choices('ec2Profile')).map(({ value }) => value);
  const current = settings.profile ?? '';
  const mark = (profile: string) => (profile === current ? 'in use' : undefined);
  const picked = await pickOne(
    [
      {
        label: vscode.l10n.t('AWS’s own order'),
        detail: vscode.l10n.t('The environment, then the default profile'),
        description: mark('') ?? '',
        profile: '',
      },
      ...names.map((profile) => ({
        label: profile,
        detail: '',
        description: mark(profile) ?? '',
        profile,
      })),
    ],
    {
      title: vscode.l10n.t('Select the AWS profile'),
      placeHolder: vscode.l10n.t('Whose clusters are shown and used?'),
    },
  );
  if (picked !== undefined) await settings.setProfile(picked.profile);
}
