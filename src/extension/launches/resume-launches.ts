import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { formatState } from '../../text/states.ts';
import { isAt, type LocatedCluster } from '../clusters/cluster-ref.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { showInformation, showWarning } from '../ui/window.ts';
import { finishRecord, showLaunched } from './launch-outcome.ts';
import type { LaunchRecord } from './launches.ts';

/** Nodes that hear of no client for so long end themselves: after that no launch is resumed without being asked for, in milliseconds. */
const nodesWaitMs = 15 * 60_000;
/** How often it is looked whether the window of a launch is still there, and how its cluster is, in milliseconds. */
const watchMs = 2_000;
/** Launches of other windows that the user was asked about. */
const askedKey = 'askedLaunches';

/** What resuming launches needs, beside what commands have. */
export interface ResumeServices extends ExtensionServices {
  readonly memory: vscode.Memento;
  /** Stands for this window, as in a launch's record. */
  readonly window: string;
}

/**
 * Launches outlive their windows: one that a reload interrupted is resumed, one of another window after a question, and of one
 * that is too old it is said what became of it. Those that other windows begin later become known by a look at the clusters, or when
 * the user comes to this window.
 *
 * @returns what ends the watch
 */
export function resumeLaunches(services: ResumeServices): vscode.Disposable {
  const seen = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  // One look after the other: a launch that is found is decided about once.
  let looks: Promise<void> = Promise.resolve();
  const look = (): void => {
    // Nothing is resumed by itself in an untrusted folder: the launch log offers it.
    if (vscode.workspace.isTrusted) looks = looks.catch(() => undefined).then(lookOnce);
  };
  const lookOnce = async (): Promise<void> => {
    clearTimeout(timer);
    let waits = false;
    for (const record of await services.launches.all()) {
      const { id } = record.header;
      if (seen.has(id) || record.isOurs) continue;
      await services.launches.reload(record);
      // As long as its window is there, it is that one's.
      if (record.end === null) waits ||= isRecent(record);
      if (record.end?.status !== 'interrupted' || record.end.time !== null) continue;
      seen.add(id);
      void handleInterrupted(services, record);
    }
    if (waits && !over) timer = setTimeout(look, watchMs);
  };
  look();
  return vscode.Disposable.from(
    vscode.workspace.onDidGrantWorkspaceTrust(look),
    services.model.onDidChange(look),
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) look();
    }),
    {
      dispose: () => {
        over = true;
        clearTimeout(timer);
      },
    },
  );
}

/** Decides what to do about a launch whose window is gone. */
async function handleInterrupted(services: ResumeServices, record: LaunchRecord): Promise<void> {
  if (record.plan === undefined) {
    // Nothing was made before there was a plan.
    const time = new Date().toISOString();
    services.launches.conclude(record, { status: 'interrupted', time, error: null });
    return;
  }
  if (!isRecent(record)) {
    await reportExpiredLaunch(services, record);
    return;
  }
  if (record.window === services.window || (await confirmResume(services, record)))
    await resumeRecord(services, record, refOfLaunch(record));
}

/**
 * Asks once whether to resume a launch that another folder's window began. A user who dismisses the question, or reloads the window,
 * has been asked: the launch log and the tree still offer it.
 */
async function confirmResume(
  { memory }: ResumeServices,
  { header }: LaunchRecord,
): Promise<boolean> {
  const asked = memory.get<readonly string[]>(askedKey, []);
  if (asked.includes(header.id)) return false;
  await memory.update(askedKey, [...asked, header.id].slice(-50));
  const resume = vscode.l10n.t('Resume Launch');
  const answer = await showWarning(
    vscode.l10n.t('The launch of "{0}" was interrupted when its window closed.', header.cluster),
    resume,
  );
  return answer === resume;
}

/** Goes on with a launch whose window is gone, unless another window does. */
export async function resumeRecord(
  services: ExtensionServices,
  record: LaunchRecord,
  ref: LocatedCluster,
): Promise<void> {
  if (await services.launches.takeOver(record)) {
    await resumeWithLog(services, record, ref);
    return;
  }
  void showInformation(
    vscode.l10n.t('Another window is already resuming the launch of "{0}".', ref.name),
  );
}

/** Goes on with a launch, in a log of this window's. */
export async function resumeWithLog(
  services: ExtensionServices,
  record: LaunchRecord,
  ref: LocatedCluster,
): Promise<void> {
  const doing = vscode.l10n.t('Resuming the launch of "{0}"', ref.name);
  const outcome = await services.operations.run({
    ref,
    verb: 'resume',
    title: doing,
    location: 'elsewhere',
    onEvent: (event) => record.add(event),
    work: (engine, options) => {
      void services.model.refresh();
      return engine.resume(ref.name, options);
    },
  });
  finishRecord(record, outcome);
  await services.model.refresh();
  if (outcome.ok) {
    const { cluster } = outcome.value;
    showLaunched(cluster, (Date.now() - Date.parse(record.header.startedAt)) / 1000);
    return;
  }
  if (outcome.error.code === 'CLUSTER_NOT_FOUND') {
    void showInformation(
      vscode.l10n.t('The launch of "{0}" was interrupted before it created anything.', ref.name),
    );
    return;
  }
  showFailure(
    doing,
    outcome.error,
    {
      title: vscode.l10n.t('Show Launch Log'),
      run: () => services.launchLogs.show(record),
    },
    {
      title: vscode.l10n.t('Destroy Cluster…'),
      run: () => vscode.commands.executeCommand('flintrock.cluster.destroy', ref.name),
    },
  );
}

/** Reports a launch that is too old to be resumed without being asked for. */
async function reportExpiredLaunch(
  { model, launches }: ExtensionServices,
  record: LaunchRecord,
): Promise<void> {
  const { cluster: name } = record.header;
  const ref = refOfLaunch(record);
  const { problems } = await model.refresh();
  // An incomplete listing doesn't show what became of it: another time.
  if (problems.some(({ scope }) => scope.provider === ref.provider)) return;
  const cluster = model.clusters.find((one) => isAt(one, ref));
  const time = new Date().toISOString();
  const isReady = cluster !== undefined && !isUnfinished(cluster);
  launches.conclude(record, { status: isReady ? 'ready' : 'interrupted', time, error: null });
  if (isReady) return;
  if (cluster === undefined) {
    void showWarning(
      vscode.l10n.t(
        'The launch of "{0}" was interrupted. Its nodes terminated after 15 minutes without a client.',
        name,
      ),
    );
    return;
  }
  const [resume, destroy] = [vscode.l10n.t('Resume Launch'), vscode.l10n.t('Destroy Cluster…')];
  const answer = await showWarning(
    vscode.l10n.t(
      'The launch of "{0}" was interrupted more than 15 minutes ago and isn’t resumed automatically: {1}.',
      name,
      cluster.reason ?? formatState(cluster.state, vscode.l10n.t),
    ),
    resume,
    destroy,
  );
  if (answer === resume) await vscode.commands.executeCommand('flintrock.cluster.resume', name);
  if (answer === destroy) await vscode.commands.executeCommand('flintrock.cluster.destroy', name);
}

/**
 * Follows the launch of another client by what its cluster shows.
 *
 * @param record of {@link Launches.watch}
 */
export function followCluster(
  { model }: ExtensionServices,
  record: LaunchRecord,
  ref: LocatedCluster,
): void {
  const timer = setInterval(() => void model.refresh(), watchMs);
  const look = (): void => {
    const cluster = model.clusters.find((one) => isAt(one, ref));
    const time = new Date().toISOString();
    const about = { time, cluster: ref.name, provider: ref.provider };
    for (const node of cluster === undefined ? [] : [cluster.master, ...cluster.workers]) {
      if (node === null) continue;
      const ready = cluster?.state === 'running' && node.state === 'running';
      const phase = ready ? 'alive' : node.state === 'pending' ? 'booting' : 'configuring';
      record.add({ code: 'node.phase', ...about, node: node.name, phase, detail: null });
    }
    if (cluster?.state === 'launching' && isRecent(record)) return;
    if (cluster === undefined && (model.listing?.problems.length ?? 0) > 0 && isRecent(record))
      return;
    const isReady = cluster !== undefined && !isUnfinished(cluster);
    record.finish({ status: isReady ? 'ready' : 'interrupted', time, error: null });
    clearInterval(timer);
    changed.dispose();
  };
  const changed = model.onDidChange(look);
  look();
}

/** Where the cluster of a launch is, as its plan says. */
function refOfLaunch({ header, plan }: LaunchRecord): LocatedCluster {
  return { name: header.cluster, provider: plan?.provider ?? 'local', region: plan?.region };
}

/** Whether a launch is what made a cluster what it is: it never ended well. */
export function isUnfinished({ state }: Cluster): boolean {
  return state === 'launching' || state === 'half-launched' || state === 'destroying';
}

function isRecent({ header }: LaunchRecord): boolean {
  return Date.now() - Date.parse(header.startedAt) < nodesWaitMs;
}
