import type { ListedJob } from '../../../engine/verbs/jobs.ts';
import type { JobState } from '../../../model/job.ts';
import { formatApproximateDuration } from '../../../text/durations.ts';
import { formatJobDuration, formatJobEnd } from '../../../text/engine/jobs.ts';
import type { Line, Style } from '../palette.ts';
import { oneLine } from '../text-layout.ts';
import { cutText, textWidth } from '../width.ts';
import { type Column, table } from './table.ts';

const styles: Readonly<Record<JobState, Style | undefined>> = {
  running: 'green',
  succeeded: undefined,
  failed: 'red',
  canceled: 'dim',
  lost: 'red',
};

/** The command of a job is shown from so many characters on. */
const leastCommand = 12;

/**
 * Jobs, a line each, in a table that is never wider than `width`.
 *
 * @param withClusters whether they may be of several clusters
 */
export function jobsTable(
  jobs: readonly ListedJob[],
  withClusters: boolean,
  now: number,
  width: number,
): Line[] {
  const first: Column<ListedJob>[] = [
    { title: 'JOB', of: ({ id }) => id, span: (_, text) => [text, 'bold'] },
    {
      title: 'STATE',
      of: (job) => formatJobEnd(job),
      span: ({ state }, text) => {
        const style = styles[state];
        return style === undefined ? [text] : [text, style];
      },
    },
    ...(withClusters
      ? [{ title: 'CLUSTER', of: ({ cluster }: ListedJob) => oneLine(cluster.name) }]
      : []),
  ];
  const duration: Column<ListedJob> = {
    title: 'DURATION',
    of: (job) => formatJobDuration(job, now),
    right: true,
  };
  const started: Column<ListedJob> = {
    title: 'STARTED',
    of: ({ startedAt }) =>
      startedAt === null
        ? ''
        : `${formatApproximateDuration((now - Date.parse(startedAt)) / 1000)} ago`,
  };
  // What was run says most, and may be long: it gets what the others leave, and comes before when.
  const left = (columns: readonly Column<ListedJob>[]): number =>
    columns.reduce(
      (sum, { title, of }) =>
        sum - 2 - Math.max(title.length, ...jobs.map((job) => textWidth(of(job)))),
      width,
    );
  const last =
    [[duration, started], [duration], []].find(
      (some) => left([...first, ...some]) >= leastCommand,
    ) ?? [];
  const room = Math.max(leastCommand, left([...first, ...last]));
  const command: Column<ListedJob> = {
    title: 'COMMAND',
    of: (job) => cutText(oneLine(job.command), room),
  };
  return table([...first, command, ...last], jobs, width);
}
