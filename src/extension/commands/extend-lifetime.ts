import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { readExtension } from '../../model/cluster/lifetime.ts';
import {
  formatExtended,
  formatExtensionHint,
  formatLifetimeSentence,
} from '../../text/lifetimes.ts';
import { requireCluster } from '../clusters/cluster-argument.ts';
import { runVerb } from '../clusters/run-verb.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { askForText, pickOne, showInformation } from '../ui/window.ts';

/** Extend Lifetime…: of a cluster whose lifetime is limited. */
export async function extendLifetime(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster to extend'),
    states: ['running', 'degraded', 'mixed'],
    none: vscode.l10n.t('No running cluster has a limited lifetime.'),
    fits: ({ lifetime }) => lifetime != null,
  });
  if (cluster === undefined) return;
  const duration = await pickDuration(cluster);
  if (duration === undefined) return;
  const done = await runVerb(services, cluster, {
    verb: 'extend',
    doing: vscode.l10n.t('Extending the lifetime of "{0}"', cluster.name),
    work: (engine, options) => engine.extend(cluster.name, duration, options),
  });
  if (done === undefined) return;
  void showInformation(formatExtended(cluster.name, done.lifetime, Date.now(), vscode.l10n.t));
}

async function pickDuration({ name, lifetime }: Cluster): Promise<string | undefined> {
  const other = vscode.l10n.t('Other…');
  const picked = await pickOne(
    [
      { label: vscode.l10n.t('1 hour'), duration: '1 h' },
      { label: vscode.l10n.t('4 hours'), duration: '4 h' },
      { label: vscode.l10n.t('1 day'), duration: '1 d' },
      { label: other, duration: undefined },
    ],
    {
      title: vscode.l10n.t('Extend "{0}" by', name),
      placeHolder:
        lifetime == null
          ? vscode.l10n.t('Select a duration')
          : formatLifetimeSentence(lifetime, Date.now(), vscode.l10n.t),
    },
  );
  if (picked?.label !== other) return picked?.duration;
  return askForText({
    title: vscode.l10n.t('Extend "{0}" by', name),
    prompt: vscode.l10n.t('Duration or amount to add, such as 30 min, 2 h or 5 USD'),
    problem: (text) =>
      readExtension(text) === undefined ? formatExtensionHint(vscode.l10n.t) : undefined,
  });
}
