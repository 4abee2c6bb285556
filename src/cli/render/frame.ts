import { durationText, measuredDuration } from '../../model/duration.ts';
import { hourly, place, plannedShape } from './nouns.ts';
import { lineLength, textLength, type Line, type Span } from './palette.ts';
import type { Bar, Download, Progress } from './progress.ts';
import { bytes } from './size.ts';
import { count } from '../../model/count.ts';
import { oneLine, padEnd, padStart } from './text.ts';

const labelWidth = 14;
const countWidth = 13;
const timeWidth = 12;
/** How many lines about single nodes there are at most. */
const mostTroubles = 5;

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
  const seconds = (now - progress.startedAt) / 1000;
  const title = titleLine(
    progress,
    progress.ended ? measuredDuration(seconds) : durationText(Math.floor(seconds)),
    width,
  );
  const download = progress.download === null ? [] : downloadLine(progress.download, width);
  const bars = progress.bars.map((bar) => barLine(bar, width));
  const waiting: Line[] =
    progress.waiting === null ? [] : [[[`  ${oneLine(progress.waiting)}`, 'dim']]];
  const notes: Line[] = note === null || progress.ended ? [] : [[[`  ${note}`, 'yellow']]];
  const fixed = [title, ...download, ...bars, ...waiting, ...notes];
  const room = Math.max(0, Math.min(mostTroubles, height - fixed.length - 1));
  return [title, ...download, ...bars, ...troubleLines(progress, room), ...waiting, ...notes].slice(
    0,
    Math.max(1, height - 1),
  );
}

function titleLine(progress: Progress, time: string, width: number): Line {
  const left: Span[] = [[progress.cluster, 'bold'], ...facts(progress)];
  const gap = width - lineLength(left) - textLength(time);
  return gap < 2 ? [...left, [`  ${time}`]] : [...left, [' '.repeat(gap)], [time]];
}

function facts({ plan, verb, bars }: Progress): Span[] {
  const total = bars[0]?.total ?? 0;
  switch (verb) {
    case 'launch':
      if (plan === null) return [['  planning', 'dim']];
      return [
        [`  ${plannedShape(plan)}`],
        [`  ${place(plan)}`, 'dim'],
        ...(plan.price === null ? [] : [[`  ${hourly(plan.price.perHour)}`] as const]),
      ];
    case 'addWorkers':
      return [[`  adding ${count(total, 'worker')}`]];
    case 'removeWorkers':
      return [[`  removing ${count(total, 'worker')}`]];
    case 'resume':
      return [['  resuming']];
    case 'repair':
      return [['  repairing']];
    case 'start':
      return [['  starting']];
    case 'stop':
      return [['  stopping']];
    case 'destroy':
      return [['  destroying']];
    case 'copyFile':
      return [['  copying']];
    case 'plan':
      return [['  planning', 'dim']];
    case 'describe':
    case 'authorize':
    case 'extend':
    case 'doctor':
    case 'login':
    case 'runCommand':
    case 'submit':
      return [];
  }
}

function barLine({ label, done, total, seconds }: Bar, width: number): Line {
  const room = width - labelWidth - countWidth - timeWidth;
  const through = total > 0 && done >= total;
  return [
    [`  ${padEnd(label, labelWidth - 2)}`],
    ...strip(total === 0 ? 0 : done / total, room, through),
    [padStart(`${done} of ${total}`, countWidth)],
    [seconds === null ? '' : padStart(measuredDuration(seconds), timeWidth), 'dim'],
  ];
}

function downloadLine(download: Download, width: number): Line[] {
  const { what, bytes: got, total, bytesPerSecond, seconds } = download;
  const label = padEnd(`  ${oneLine(what)}`, labelWidth);
  const share = total === null || total === 0 ? null : got / total;
  const far = seconds !== null || share === null ? bytes(got) : `${Math.floor(100 * share)} %`;
  const speed =
    seconds !== null
      ? measuredDuration(seconds)
      : bytesPerSecond === null
        ? ''
        : `${bytes(bytesPerSecond)}/s`;
  const room = width - textLength(label) - countWidth - timeWidth;
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

function troubleLines({ troubles }: Progress, room: number): Line[] {
  if (troubles.length === 0 || room === 0) return [];
  const shown = troubles.slice(0, troubles.length > room ? room - 1 : room);
  const lines = shown.map(({ node, message }): Line => [
    [`  ${node}: `, 'yellow'],
    [oneLine(message)],
  ]);
  const left = troubles.length - shown.length;
  return left === 0 ? lines : [...lines, [[`  and ${left} more nodes in trouble`, 'yellow']]];
}
