import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { parseDuration } from '../../base/duration.ts';
import { formatLifetime } from '../../text/lifetimes.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { askForText, pickOne, showInformation } from '../ui/window.ts';
import { runVerb } from '../clusters/run-verb.ts';
import { requireTarget } from '../clusters/cluster-argument.ts';

/** Extend Lifetime…: of a cluster that ends by itself one day. */
export async function extendLifetime(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const cluster = await requireTarget(services, argument, {
    title: vscode.l10n.t('Let a cluster live longer'),
    states: ['running', 'degraded', 'mixed'],
    none: vscode.l10n.t('No cluster that ends by itself is running.'),
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
  const text = formatLifetime(done.lifetime, Date.now(), vscode.l10n.t);
  void showInformation(vscode.l10n.t('"{0}" {1}.', cluster.name, text));
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
      title: vscode.l10n.t('Let "{0}" live longer', name),
      placeHolder:
        lifetime == null
          ? vscode.l10n.t('How much longer?')
          : vscode.l10n.t(
              'It {0}. How much longer?',
              formatLifetime(lifetime, Date.now(), vscode.l10n.t),
            ),
    },
  );
  if (picked?.label !== other) return picked?.duration;
  return askForText({
    title: vscode.l10n.t('Let "{0}" live longer', name),
    prompt: vscode.l10n.t('How much longer? Such as 30 min, 2 h or 1 d'),
    problem: (text) =>
      (parseDuration(text.trim()) ?? 0) > 0
        ? undefined
        : vscode.l10n.t('Give a duration such as 30 min, 2 h or 1 d.'),
  });
}
