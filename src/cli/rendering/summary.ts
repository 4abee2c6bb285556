import type { SavedHistory } from '../../engine/history/bring-home.ts';
import type { InstallResult } from '../../engine/verbs/install.ts';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { formatWorkerResources } from '../../text/clusters.ts';
import { formatCount } from '../../text/counts.ts';
import { formatMeasuredDuration } from '../../text/durations.ts';
import { formatBytes } from '../../text/sizes.ts';
import type { ClusterFlag } from './command-line.ts';
import { commandLine } from './command-line.ts';
import type { Line } from './palette.ts';
import { padEnd } from './text-layout.ts';

/** Where a job finds the cluster: `spark://host:port`; `null` while it has no address. */
function masterUrl({ master }: Cluster): string | null {
  if (master?.address === null || master?.address === undefined) return null;
  return `spark://${master.address}${master.port === null ? '' : `:${master.port}`}`;
}

/**
 * A cluster that is there now: where it is reached and, for a user, what to do next.
 *
 * @param given the flags of the call that launched it
 */
export function launchedLines(
  cluster: Cluster,
  seconds: number,
  isTTY: boolean,
  given: readonly ClusterFlag[],
): Line[] {
  // On EC2 nothing but SSH is open.
  const ui =
    cluster.provider === 'local'
      ? (cluster.services.find((service) => service.name === 'spark')?.ui ?? null)
      : null;
  const places = [
    { label: 'master', at: masterUrl(cluster) },
    { label: 'UI', at: ui },
  ].flatMap(({ label, at }): Line[] =>
    at === null
      ? []
      : [
          [
            [`  ${padEnd(label, 8)}`, 'dim'],
            [at, 'cyan'],
          ],
        ],
  );
  const head: Line = [
    [cluster.name, 'bold'],
    [' is '],
    ['running', 'green'],
    // On a terminal the picture above it says how long it took.
    [`: ${workersText(cluster)}${isTTY ? '' : `, in ${formatMeasuredDuration(seconds)}`}.`],
  ];
  if (!isTTY) return [head, ...places];
  const next = [
    { command: commandLine('submit', cluster, ['JOB.py'], given), does: 'run a job' },
    { command: commandLine('login', cluster, [], given), does: 'open a shell on the master' },
    { command: commandLine('destroy', cluster, [], given), does: 'destroy the cluster' },
  ];
  const widest = Math.max(...next.map(({ command }) => command.length));
  return [
    [],
    head,
    ...places,
    [],
    ...next.map(({ command, does }): Line => [[`  ${padEnd(command, widest + 3)}`], [does, 'dim']]),
  ];
}

/** What a cluster has after it was resized. */
export function resizedLine(
  cluster: Cluster,
  changed: readonly string[],
  how: 'added' | 'removed',
  seconds: number,
): Line {
  const were = changed.length === 1 ? 'was' : 'were';
  const text = `${changed.length} ${were} ${how} in ${formatMeasuredDuration(seconds)}`;
  return [[cluster.name, 'bold'], [` now has ${workersText(cluster)}; ${text}.`]];
}

/** What was installed on a cluster, and who has it. */
export function installedLines({
  changed,
  cluster,
  connectRestarted,
  seconds,
}: InstallResult): Line[] {
  const name: Line[number] = [cluster.name, 'bold'];
  if (!changed) return [[name, [' has all of these packages already.']]];
  const news = connectRestarted ? '; Spark Connect was restarted' : '';
  return [
    [name, [`: packages installed in ${formatMeasuredDuration(seconds)}${news}.`]],
    [['  New applications use them; those that are already running continue without.', 'dim']],
  ];
}

/** What is done, in one line. */
export function doneLine(name: string, what: string, seconds: number): Line {
  return [[name, 'bold'], [` ${what} in ${formatMeasuredDuration(seconds)}.`]];
}

/** Where the event logs of a destroyed cluster are now, and how they are shown. */
export function savedHistoryLine(name: string, { applications, bytes }: SavedHistory): Line {
  const what = applications === 1 ? '1 application' : `${applications} applications`;
  return [
    [`  Event logs of ${what} saved (${formatBytes(bytes)}). Show them with: `, 'dim'],
    [commandLine('ui', null, ['--saved', name], [])],
  ];
}

/** `3 workers with 6 cores, 6 GiB` */
export function workersText(cluster: Cluster): string {
  const resources = formatWorkerResources(cluster);
  const workers = formatCount(cluster.workers.length, 'worker');
  return resources === '' ? workers : `${workers} with ${resources}`;
}
