import * as vscode from 'vscode';
import { placeOf } from '../clusters/cluster-ref.ts';
import type { Parts } from '../extension-services.ts';
import { goOn, resumeRecord } from '../launches/resume-launches.ts';
import { requireTarget } from '../clusters/cluster-argument.ts';

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
