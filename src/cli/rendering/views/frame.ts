import type { Download, Progress, Task } from '../../../model/progress.ts';
import { formatDuration, formatMeasuredDuration } from '../../../text/durations.ts';
import { formatPlace } from '../../../text/places.ts';
import { formatPlanPrice } from '../../../text/plans.ts';
import { formatActivity, formatTaskLabel } from '../../../text/progress.ts';
import { formatPlannedShape } from '../../../text/shapes.ts';
import { formatBytes } from '../../../text/sizes.ts';
import { formatVerb } from '../../../text/verbs.ts';
import { type Line, lineWidth, type Span } from '../palette.ts';
import { oneLine, padEnd, padStart } from '../text-layout.ts';
import { textWidth } from '../width.ts';

const labelWidth = 14;
const countWidth = 13;
const timeWidth = 12;
/** How many lines about single nodes there are at most. */
const mostProblems = 5;

/** What the picture is drawn on. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/** The picture at one moment: a title with the time, a bar for each part of the work, what is waited for, what is wrong. */
export function frame(
  progress: Progress,
  now: number,
  { width, height }: FrameSize,
  note: string | null,
): Line[] {
  const seconds = progress.elapsedSeconds(now);
  const title = titleLine(
    progress,
    progress.hasEnded ? formatMeasuredDuration(seconds) : formatDuration(Math.floor(seconds)),
    width,
  );
  const download = progress.download === null ? [] : downloadLine(progress.download, width);
  const bars = progress.tasks.map((task) => barLine(task, width));
  const { activity } = progress;
  const waiting: Line[] =
    activity === null ? [] : [[[`  ${oneLine(formatActivity(activity))}`, 'dim']]];
  const notes: Line[] = note === null || progress.hasEnded ? [] : [[[`  ${note}`, 'yellow']]];
  const fixed = [title, ...download, ...bars, ...waiting, ...notes];
  const room = Math.max(0, Math.min(mostProblems, height - fixed.length - 1));
  return [title, ...download, ...bars, ...problemLines(progress, room), ...waiting, ...notes].slice(
    0,
    Math.max(1, height - 1),
  );
}

function titleLine(progress: Progress, time: string, width: number): Line {
  const left: Span[] = [[progress.cluster, 'bold'], ...facts(progress)];
  const gap = width - lineWidth(left) - textWidth(time);
  return gap < 2 ? [...left, [`  ${time}`]] : [...left, [' '.repeat(gap)], [time]];
}

function facts({ plan, verb, lastTask }: Progress): Span[] {
  switch (verb) {
    case 'launch':
      if (plan === null) return [[`  ${formatVerb('plan', 0)}`, 'dim']];
      return [
        [`  ${formatPlannedShape(plan)}`],
        [`  ${formatPlace(plan)}`, 'dim'],
        ...(plan.provider === 'local' ? [] : [[`  ${formatPlanPrice(plan)}`] as const]),
      ];
    case 'addWorkers':
    case 'removeWorkers':
      return [[`  ${formatVerb(verb, lastTask?.total ?? 0)}`]];
    case 'resume':
    case 'repair':
    case 'start':
    case 'stop':
    case 'destroy':
    case 'copyFile':
    case 'pythonEnv':
    case 'install':
      // How many nodes it is about stands by the bar.
      return [[`  ${formatVerb(verb, 0)}`]];
    case 'plan':
      return [[`  ${formatVerb(verb, 0)}`, 'dim']];
    case 'describe':
    case 'authorize':
    case 'extend':
    case 'doctor':
    case 'login':
    case 'connect':
    case 'runCommand':
    case 'submit':
    case 'explain':
      return [];
  }
}

function barLine({ kind, done, total, seconds }: Task, width: number): Line {
  const room = width - labelWidth - countWidth - timeWidth;
  const through = total > 0 && done >= total;
  return [
    [`  ${padEnd(formatTaskLabel(kind), labelWidth - 2)}`],
    ...strip(total === 0 ? 0 : done / total, room, through),
    [padStart(`${done} of ${total}`, countWidth)],
    [seconds === null ? '' : padStart(formatMeasuredDuration(seconds), timeWidth), 'dim'],
  ];
}

function downloadLine(download: Download, width: number): Line[] {
  const { what, bytes, total, bytesPerSecond, seconds } = download;
  const label = padEnd(`  ${oneLine(what)}`, labelWidth);
  const share = total === null || total === 0 ? null : bytes / total;
  const far =
    seconds !== null || share === null ? formatBytes(bytes) : `${Math.floor(100 * share)} %`;
  const speed =
    seconds !== null
      ? formatMeasuredDuration(seconds)
      : bytesPerSecond === null
        ? ''
        : `${formatBytes(bytesPerSecond)}/s`;
  const room = width - textWidth(label) - countWidth - timeWidth;
  const bar =
    share === null
      ? [[' '.repeat(Math.max(0, room))] as const]
      : strip(share, room, seconds !== null);
  return [
    [
      [label],
      ...bar,
      [padStart(far, countWidth)],
      [speed === '' ? '' : padStart(speed, timeWidth), 'dim'],
    ],
  ];
}

/** A bar as long as the share, in a room of so many characters; half a character is the smallest step. */
function strip(share: number, room: number, through: boolean): Span[] {
  if (room < 4) return [];
  const halves = Math.floor(Math.max(0, Math.min(1, share)) * room * 2);
  const full = '━'.repeat(Math.floor(halves / 2)) + (halves % 2 === 1 ? '╸' : '');
  return [[full, through ? 'green' : 'cyan'], [' '.repeat(room - full.length)]];
}

function problemLines({ openProblems }: Progress, room: number): Line[] {
  if (openProblems.length === 0 || room === 0) return [];
  const shown = openProblems.slice(0, openProblems.length > room ? room - 1 : room);
  const lines = shown.map(({ node, message }): Line => [
    [`  ${node ?? ''}: `, 'yellow'],
    [oneLine(message)],
  ]);
  const left = openProblems.length - shown.length;
  return left === 0 ? lines : [...lines, [[`  and ${left} more nodes with warnings`, 'yellow']]];
}
