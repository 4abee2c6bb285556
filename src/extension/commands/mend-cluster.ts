import * as vscode from 'vscode';
import { editorHint } from '../editor-hint.ts';
import { clusterStates } from '../../model/cluster.ts';
import type { Finding } from '../../engine/doctor.ts';
import { placeOf } from '../cluster-key.ts';
import { showFailure } from '../failure.ts';
import type { Parts } from '../parts.ts';
import { count } from '../../model/count.ts';
import { pickOne, showInformation, type PickItem } from '../ui/window.ts';
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
  const doing = vscode.l10n.t('Finishing the launch of "{0}"', cluster.name);
  await changeCluster(
    parts,
    cluster,
    { verb: 'resume', doing, work: (engine, options) => engine.resume(cluster.name, options) },
    {
      title: vscode.l10n.t('Destroy…'),
      run: () => vscode.commands.executeCommand('flintrock.cluster.destroy', cluster.name),
    },
  );
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

/** Find Out What Is Wrong: with one cluster, or from the view's title with all of them and the account. */
export async function findTrouble(parts: Parts, argument: unknown): Promise<void> {
  const cluster =
    argument === undefined
      ? undefined
      : await requireTarget(parts, argument, {
          title: vscode.l10n.t('Look at a cluster'),
          states: clusterStates,
          none: vscode.l10n.t('There is no cluster.'),
        });
  const look = async (fix: boolean): Promise<readonly Finding[] | undefined> => {
    const doing =
      cluster === undefined
        ? vscode.l10n.t('Looking at all clusters')
        : vscode.l10n.t('Looking at "{0}"', cluster.name);
    const outcome = await parts.operations.run({
      place: cluster === undefined ? undefined : placeOf(cluster),
      verb: 'doctor',
      title: doing,
      work: (engine, options) => engine.doctor(cluster?.name, { ...options, fix }),
    });
    if (!outcome.ok) {
      showFailure(doing, outcome.error);
      return undefined;
    }
    const { findings, clusters } = outcome.value;
    if (findings.length === 0)
      void showInformation(
        vscode.l10n.t('Nothing is wrong: {0} looked at.', count(clusters, 'cluster')),
      );
    return findings;
  };
  const findings = await look(false);
  if (findings === undefined || findings.length === 0) return;
  if (await showFindings(findings)) {
    await look(true);
    await parts.model.refresh();
  }
}

/** Shows what is wrong; gives whether to mend what can be mended. */
async function showFindings(findings: readonly Finding[]): Promise<boolean> {
  const fixable = findings.filter((finding) => finding.fixable);
  const mend = {
    icon: 'tools',
    label: vscode.l10n.t('Mend what can be mended'),
    description: fixable.map(({ subject }) => subject).join(', '),
    isMend: true,
  };
  const items: (PickItem & { isMend?: boolean })[] = [
    ...(fixable.length === 0 ? [] : [mend]),
    ...findings.map(({ subject, message, remedy }) => ({
      icon: 'warning',
      label: subject,
      description: message,
      ...(remedy !== null && { detail: editorHint(remedy).text }),
    })),
  ];
  const picked = await pickOne(items, {
    title: vscode.l10n.t('What is wrong: {0}', count(findings.length, 'thing')),
    placeHolder: vscode.l10n.t('Pick what to do'),
  });
  return picked?.isMend === true;
}
