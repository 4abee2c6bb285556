import * as vscode from 'vscode';
import { clusterStates } from '../../model/cluster/cluster.ts';
import { placeOf } from '../cluster-key.ts';
import type { Parts } from '../parts.ts';
import { goOn, resumeRecord } from '../resume-launches.ts';
import { showInformation } from '../ui/window.ts';
import { changeCluster } from './change.ts';
import { requireTarget } from './targets.ts';

/** Finish Launch: goes on with a launch that another window, or another machine, began. */
export async function resumeLaunch(parts: Parts, argument: unknown): Promise<void> {
  const cluster = await requireTarget(parts, argument, {
    title: vscode.l10n.t('Finish a launch'),
    states: ['launching', 'half-launched'],
    none: vscode.l10n.t('No launch was left unfinished.'),
  });
  if (cluster === undefined) return;
  const place = placeOf(cluster);
  const known = await parts.launches.latest(cluster.name);
  if (known?.end?.status === 'interrupted') {
    parts.launchLogs.show(known);
    await resumeRecord(parts, known, place);
    return;
  }
  const began = cluster.launchedAt === null ? new Date() : new Date(cluster.launchedAt);
  const record = await parts.launches.begin(cluster.name, began);
  parts.launchLogs.show(record);
  await goOn(parts, record, place);
}

/** Repair: replaces dead workers, or starts them again where that is possible. */
export async function repairCluster(parts: Parts, argument: unknown): Promise<void> {
  const cluster = await requireTarget(parts, argument, {
    title: vscode.l10n.t('Repair a cluster'),
    states: ['running', 'degraded', 'mixed'],
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const doing = vscode.l10n.t('Repairing "{0}"', cluster.name);
  const done = await changeCluster(parts, cluster, {
    verb: 'repair',
    doing,
    work: (engine, options) => engine.repair(cluster.name, options),
  });
  if (done === undefined) return;
  const { changed, replaced } = done;
  void showInformation(
    changed
      ? vscode.l10n.t('"{0}" is whole again: {1} mended.', cluster.name, replaced.join(', '))
      : vscode.l10n.t('"{0}" has no dead worker: nothing to do.', cluster.name),
  );
}

/** Let My Address In: after the person's own address has changed. */
export async function authorizeAddress(parts: Parts, argument: unknown): Promise<void> {
  const cluster = await requireTarget(parts, argument, {
    title: vscode.l10n.t('Let this machine’s address into a cluster'),
    states: clusterStates,
    none: vscode.l10n.t('There is no cluster on EC2.'),
    fits: ({ provider }) => provider === 'ec2',
  });
  if (cluster === undefined) return;
  const doing = vscode.l10n.t('Letting this machine into "{0}"', cluster.name);
  const done = await changeCluster(parts, cluster, {
    verb: 'authorize',
    doing,
    work: (engine, options) => engine.authorize(cluster.name, options),
  });
  if (done === undefined) return;
  const { changed, admitted } = done;
  void showInformation(
    changed
      ? vscode.l10n.t('"{0}" lets in {1} now.', cluster.name, admitted.join(', '))
      : vscode.l10n.t('"{0}" lets in {1} already.', cluster.name, admitted.join(', ')),
  );
}
