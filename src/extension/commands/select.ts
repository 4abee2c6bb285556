import * as vscode from 'vscode';
import { awsProfiles } from '../aws-profiles.ts';
import { awsRegions } from '../aws-regions.ts';
import type { Parts } from '../parts.ts';
import { pickMany, pickOne } from '../ui/window.ts';
import { placeGrouping } from '../tree/tree-item.ts';

/** Select Profile: one of AWS's files. */
export async function selectProfile({ settings, door }: Parts): Promise<void> {
  const names = await awsProfiles(door.places);
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

/** Select Regions: several. */
export async function selectRegions({ settings }: Parts): Promise<void> {
  const chosen = settings.regions;
  const all = [...new Set([...awsRegions, ...chosen])];
  const picked = await pickMany(
    all.map((label) => ({ label, picked: chosen.includes(label) })),
    {
      title: vscode.l10n.t('Select the AWS regions'),
      placeHolder: vscode.l10n.t('Where are clusters looked for? None: the usual region'),
    },
  );
  if (picked !== undefined) await settings.setRegions(picked.map(({ label }) => label));
}

/** Group by Tag…: any tag that is there, the place, or none. */
export async function groupByTag({ model, view }: Parts): Promise<void> {
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

/** Filter by Tag…: one tag that is there, with any value or one. */
export async function filterByTag({ model, view }: Parts): Promise<void> {
  const { clusters } = await model.known();
  const pairs = clusters.flatMap(({ tags }) => Object.entries(tags));
  const keys = [...new Set(pairs.map(([key]) => key))].sort();
  const values = [...new Set(pairs.map(([key, value]) => JSON.stringify([key, value])))].sort();
  const picked = await pickOne(
    [
      { label: vscode.l10n.t('All clusters'), filter: undefined },
      ...keys.map((key) => ({
        label: key,
        description: vscode.l10n.t('any value'),
        filter: { key, value: '' },
      })),
      ...values.map((pair) => {
        const [key, value] = JSON.parse(pair) as [string, string];
        return { label: `${key}: ${value}`, filter: { key, value } };
      }),
    ],
    {
      title: vscode.l10n.t('Filter clusters'),
      placeHolder: vscode.l10n.t('Which clusters are shown?'),
    },
  );
  if (picked !== undefined) await view.setFilter(picked.filter);
}
