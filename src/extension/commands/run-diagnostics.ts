import * as vscode from 'vscode';
import type { DoctorResult, Finding, FixableTrouble } from '../../engine/verbs/doctor.ts';
import { type Cluster, clusterStates } from '../../model/cluster/cluster.ts';
import { formatCount } from '../../text/counts.ts';
import { isForAllClusters, remedyOf, requireCluster } from '../clusters/cluster-argument.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { remediesText, remedyButtons } from '../ui/remedies.ts';
import { type PickItem, pickOne, showInformation, showWarning } from '../ui/window.ts';

/** Run Diagnostics: of one cluster, or from the view's title of all of them and the account. */
export async function runDiagnostics(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const isForAll = isForAllClusters(argument);
  const cluster = isForAll
    ? undefined
    : await requireCluster(services, argument, {
        title: vscode.l10n.t('Select a cluster to check'),
        states: clusterStates,
        none: vscode.l10n.t('No clusters found.'),
      });
  if (!isForAll && cluster === undefined) return;
  const found = await diagnose(services, cluster, false);
  if (found === undefined) return;
  if (found.findings.length === 0) {
    void showInformation(
      vscode.l10n.t(
        'No problems found ({0} checked).',
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
 * Checks one cluster, or all.
 *
 * @param mayFix which of the problems are fixed at once
 * @returns `undefined` if that failed, which has been shown then
 */
async function diagnose(
  { operations }: ExtensionServices,
  cluster: Cluster | undefined,
  mayFix: false | ((trouble: FixableTrouble) => boolean),
): Promise<DoctorResult | undefined> {
  const doing =
    cluster === undefined
      ? vscode.l10n.t('Checking all clusters')
      : vscode.l10n.t('Checking "{0}"', cluster.name);
  const outcome = await operations.run({
    ref: cluster === undefined ? undefined : refOf(cluster),
    verb: 'doctor',
    title: doing,
    work: (engine, options) => engine.doctor(cluster?.name, { ...options, fix: mayFix }),
  });
  if (outcome.ok) return outcome.value;
  showFailure(doing, outcome.error);
  return undefined;
}

/** Shows the problems; gives the one that the user selects, or all that can be fixed. */
async function pickFindings(findings: readonly Finding[]): Promise<readonly Finding[] | undefined> {
  const fixable = findings.filter((finding) => finding.fixable);
  const items: (PickItem & { readonly findings: readonly Finding[] })[] = [
    ...(fixable.length === 0
      ? []
      : [
          {
            icon: 'tools',
            label: vscode.l10n.t('Fix All Fixable Problems…'),
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
    placeHolder: vscode.l10n.t('Select a problem to fix'),
  });
  return picked?.findings;
}

/** Shows a problem that only the user can fix, with the commands of its remedies. */
function showRemedy({ message, remedies }: Finding): void {
  const buttons = remedyButtons(remedies);
  const text = `${message} ${remediesText(remedies)}`.trim();
  void showWarning(text, ...buttons.map(({ title }) => title)).then((answer) => {
    buttons.find(({ title }) => title === answer)?.run();
  });
}

/** Fixes what the user selected, and nothing that is found beside it; the engine asks before it deletes something. */
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

/** Shows the outcome of each problem that was to be fixed. */
function showOutcome(picked: readonly Finding[], after: readonly Finding[]): void {
  const [fixed, left]: [string[], string[]] = [[], []];
  for (const one of picked) {
    const now = after.find((finding) => isSame(one, finding));
    const { subject } = one;
    if (now === undefined || now.fixed) fixed.push(vscode.l10n.t('Fixed: {0}.', subject));
    // Refused by the user.
    else if (now.message === one.message) continue;
    else left.push(vscode.l10n.t('Not fixed: {0}. {1}', subject, now.message));
  }
  const text = [...fixed, ...left].join(' ');
  const log = vscode.l10n.t('Show Output');
  if (text === '') return;
  if (left.length === 0) void showInformation(text);
  else
    void showWarning(text, log).then((answer) => {
      if (answer !== undefined) void vscode.commands.executeCommand('flintrock.log.show');
    });
}

/** Identifies a problem as it was shown to the user. */
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
