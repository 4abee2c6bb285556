import * as vscode from 'vscode';
import type { DoctorResult, Finding, FixableTrouble } from '../../engine/verbs/doctor.ts';
import { clusterStates, type Cluster } from '../../model/cluster/cluster.ts';
import { formatCount } from '../../text/counts.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { remediesText, remedyButtons } from '../ui/remedies.ts';
import { showFailure } from '../ui/failure.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { pickOne, showInformation, showWarning, type PickItem } from '../ui/window.ts';
import { isForAllClusters, remedyOf, requireTarget } from '../clusters/cluster-argument.ts';

/** Find Out What Is Wrong: with one cluster, or from the view's title with all of them and the account. */
export async function findTrouble(services: ExtensionServices, argument: unknown): Promise<void> {
  const isForAll = isForAllClusters(argument);
  const cluster = isForAll
    ? undefined
    : await requireTarget(services, argument, {
        title: vscode.l10n.t('Look at a cluster'),
        states: clusterStates,
        none: vscode.l10n.t('There is no cluster.'),
      });
  if (!isForAll && cluster === undefined) return;
  const found = await diagnose(services, cluster, false);
  if (found === undefined) return;
  if (found.findings.length === 0) {
    void showInformation(
      vscode.l10n.t(
        'Nothing is wrong: {0} looked at.',
        formatCount(found.clusters, 'cluster', vscode.l10n.t),
      ),
    );
    return;
  }
  const chosen =
    remedyOf(argument, 'doctor')?.fix === true
      ? found.findings.filter(({ fixable }) => fixable)
      : await pickFindings(found.findings);
  if (chosen === undefined) return;
  const fixable = chosen.filter((finding) => finding.fixable);
  if (fixable.length === 0) chosen.forEach(showRemedy);
  else await fix(services, cluster, fixable);
}

/**
 * Looks at one cluster, or at all.
 *
 * @param mayFix what of it is mended at once
 * @returns `undefined` if that failed, which has been shown then
 */
async function diagnose(
  { operations }: ExtensionServices,
  cluster: Cluster | undefined,
  mayFix: false | ((trouble: FixableTrouble) => boolean),
): Promise<DoctorResult | undefined> {
  const doing =
    cluster === undefined
      ? vscode.l10n.t('Looking at all clusters')
      : vscode.l10n.t('Looking at "{0}"', cluster.name);
  const outcome = await operations.run({
    place: cluster === undefined ? undefined : refOf(cluster),
    verb: 'doctor',
    title: doing,
    work: (engine, options) => engine.doctor(cluster?.name, { ...options, fix: mayFix }),
  });
  if (outcome.ok) return outcome.value;
  showFailure(doing, outcome.error);
  return undefined;
}

/** Shows what is wrong; gives what the person picks of it: one thing, or all that can be mended. */
async function pickFindings(findings: readonly Finding[]): Promise<readonly Finding[] | undefined> {
  const fixable = findings.filter((finding) => finding.fixable);
  const items: (PickItem & { readonly findings: readonly Finding[] })[] = [
    ...(fixable.length === 0
      ? []
      : [
          {
            icon: 'tools',
            label: vscode.l10n.t('Mend what can be mended'),
            description: fixable.map(({ subject }) => subject).join(', '),
            findings: fixable,
          },
        ]),
    ...findings.map((finding) => ({
      icon: 'warning',
      label: finding.subject,
      description: finding.message,
      detail: remediesText(finding.remedies),
      findings: [finding],
    })),
  ];
  const picked = await pickOne(items, {
    title: vscode.l10n.t(
      'Diagnostics: {0}',
      formatCount(findings.length, 'problem', vscode.l10n.t),
    ),
    placeHolder: vscode.l10n.t('Pick what to do'),
  });
  return picked?.findings;
}

/** Shows what only the person can mend, with the commands that its remedy speaks of. */
function showRemedy({ message, remedies }: Finding): void {
  const buttons = remedyButtons(remedies);
  const text = `${message} ${remediesText(remedies)}`.trim();
  void showWarning(text, ...buttons.map(({ title }) => title)).then((answer) => {
    buttons.find(({ title }) => title === answer)?.run();
  });
}

/** Mends what the person picked, and nothing that is found beside it; the engine asks before it deletes something. */
async function fix(
  services: ExtensionServices,
  cluster: Cluster | undefined,
  findings: readonly Finding[],
): Promise<void> {
  const picked = new Set(findings.map(keyOf));
  const done = await diagnose(services, cluster, (trouble) => picked.has(keyOf(trouble)));
  await services.model.refresh();
  if (done !== undefined) showOutcome(findings, done.findings);
}

/** Says of each thing that was to be mended what became of it. */
function showOutcome(picked: readonly Finding[], after: readonly Finding[]): void {
  const [fixed, left]: [string[], string[]] = [[], []];
  for (const one of picked) {
    const now = after.find((finding) => isSame(one, finding));
    const { subject } = one;
    if (now === undefined || now.fixed) fixed.push(vscode.l10n.t('Fixed: {0}.', subject));
    // Whoever said no to the question knows.
    else if (now.message === one.message) continue;
    else left.push(vscode.l10n.t('Not fixed: {0}. {1}', subject, now.message));
  }
  const text = [...fixed, ...left].join(' ');
  const log = vscode.l10n.t('Show Log');
  if (text === '') return;
  if (left.length === 0) void showInformation(text);
  else
    void showWarning(text, log).then((answer) => {
      if (answer !== undefined) void vscode.commands.executeCommand('flintrock.log.show');
    });
}

/** Stands for a thing that is wrong as it was named to the person. */
function keyOf({ subject, kind, message }: FixableTrouble): string {
  return JSON.stringify([subject, kind, message]);
}

/** Whether two findings are about one thing. What is left over of one cluster may be several things. */
function isSame(before: Finding, after: Finding): boolean {
  return (
    before.subject === after.subject &&
    before.kind === after.kind &&
    (before.kind !== 'leftover' || after.message.startsWith(before.message))
  );
}
