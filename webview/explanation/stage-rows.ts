import type {
  ApplicationHistory,
  Spread,
  StageHistory,
} from '../../src/model/history/application.ts';
import type { ExplainFinding } from '../../src/model/history/explanation.ts';
import { type TimeAxis, timeAxis } from '../shared/time-axis.ts';

/** A part of a scale: where it begins and how long it is, from 0 to 1. */
export interface Extent {
  readonly from: number;
  readonly length: number;
}

/** How long the tasks of a stage took, on the scale that all stages share. */
export interface DurationBox {
  /** From the shortest to the longest. */
  readonly range: Extent;
  /** The half of the tasks in the middle. */
  readonly middle: Extent;
  readonly median: number;
}

/** A stage, as its row shows it. */
export interface StageRow {
  readonly stage: StageHistory;
  /** When tasks of it could run, on the axis of time. */
  readonly when: Extent;
  /** The time before its first task, in which it waited for cores. */
  readonly waited: Extent | null;
  readonly durations: DurationBox | null;
  /** Shares of the most that a stage read, and so on. */
  readonly read: number;
  readonly written: number;
  readonly spilled: number;
  /** Numbers of the findings about it, from 1. */
  readonly findings: readonly number[];
}

/** The rows of stages, and the scale of time that they share with the picture of the cores. */
export interface StageRows {
  readonly axis: TimeAxis;
  readonly rows: readonly StageRow[];
  /** The longest task, in milliseconds: the end of the scale of durations. */
  readonly longestMs: number;
}

/** What a stage read, from files and from other stages, in bytes. */
export function bytesRead({ inputBytes, shuffleReadBytes }: StageHistory): number {
  return inputBytes + shuffleReadBytes;
}

/** Places the stages of an application on the scales that they share. */
export function stageRows(
  application: ApplicationHistory,
  findings: readonly ExplainFinding[],
): StageRows {
  const { startedAt, stages } = application;
  const end = application.endedAt ?? application.lastEventAt;
  const axis = timeAxis(Math.max(1, (end - startedAt) / 1000));
  const longestMs = Math.max(1, ...stages.map(({ durations }) => durations.max));
  const most = (size: (stage: StageHistory) => number): number => Math.max(1, ...stages.map(size));
  const mostRead = most(bytesRead);
  const mostWritten = most(({ shuffleWriteBytes }) => shuffleWriteBytes);
  const mostSpilled = most(({ diskSpilledBytes }) => diskSpilledBytes);
  const extent = (from: number, to: number): Extent => {
    const begin = clamp((from - startedAt) / 1000 / axis.length);
    return { from: begin, length: clamp((to - startedAt) / 1000 / axis.length) - begin };
  };
  const rows = stages.map((stage): StageRow => {
    const completedAt = stage.completedAt ?? end;
    const began = stage.firstTaskAt ?? completedAt;
    return {
      stage,
      when: extent(began, completedAt),
      waited: began > stage.submittedAt ? extent(stage.submittedAt, began) : null,
      durations: boxOf(stage.durations, longestMs),
      read: bytesRead(stage) / mostRead,
      written: stage.shuffleWriteBytes / mostWritten,
      spilled: stage.diskSpilledBytes / mostSpilled,
      findings: findings.flatMap((finding, index) =>
        finding.stage?.id === stage.id && finding.stage.attempt === stage.attempt
          ? [index + 1]
          : [],
      ),
    };
  });
  return { axis, rows, longestMs };
}

function boxOf(spread: Spread, longestMs: number): DurationBox | null {
  if (spread.count === 0) return null;
  const between = (low: number, high: number): Extent => ({
    from: clamp(low / longestMs),
    length: clamp(high / longestMs) - clamp(low / longestMs),
  });
  return {
    range: between(spread.min, spread.max),
    middle: between(spread.lowerQuartile, spread.upperQuartile),
    median: clamp(spread.median / longestMs),
  };
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
