import { describe, expect, it } from 'vitest';
import type { ApplicationHistory, StageHistory } from '../../../src/model/history/application.ts';
import type { ExplainFinding } from '../../../src/model/history/explanation.ts';
import { areaPath } from '../../../webview/explanation/area-path.ts';
import { stageRows } from '../../../webview/explanation/stage-rows.ts';

const spread = {
  count: 4,
  sum: 4_000,
  min: 500,
  lowerQuartile: 800,
  median: 1_000,
  upperQuartile: 1_200,
  max: 2_000,
};
const none = { count: 0, sum: 0, min: 0, lowerQuartile: 0, median: 0, upperQuartile: 0, max: 0 };

function stage(id: number, values: Partial<StageHistory>): StageHistory {
  return {
    id,
    attempt: 0,
    name: 'count at job.py:3',
    tasks: 4,
    submittedAt: 10_000,
    firstTaskAt: 12_000,
    completedAt: 20_000,
    slots: 4,
    durations: spread,
    inputs: none,
    failedTasks: 0,
    failedMs: 0,
    gcMs: 0,
    memorySpilledBytes: 0,
    diskSpilledBytes: 0,
    inputBytes: 0,
    shuffleReadBytes: 0,
    shuffleWriteBytes: 0,
    ...values,
  };
}

function rowsOf(
  stages: readonly StageHistory[],
  findings: readonly Partial<ExplainFinding>[] = [],
): ReturnType<typeof stageRows> {
  const application = { startedAt: 10_000, endedAt: 60_000, lastEventAt: 60_000, stages };
  return stageRows(
    application as unknown as ApplicationHistory,
    findings as readonly ExplainFinding[],
  );
}

describe('the stages of a page', () => {
  it('stand on one axis of time, with how long they waited', () => {
    const { axis, rows } = rowsOf([stage(0, {})]);
    expect(axis.length).toBe(50);
    expect(rows[0]?.waited).toEqual({ from: 0, length: 0.04 });
    expect(rows[0]?.when).toEqual({ from: 0.04, length: expect.closeTo(0.16, 9) as number });
  });

  it('last until now where they have not ended, and have no tasks where none began', () => {
    const { rows } = rowsOf([stage(0, { completedAt: null, firstTaskAt: null, durations: none })]);
    expect(rows[0]?.when.length).toBe(0);
    expect(rows[0]?.waited).toEqual({ from: 0, length: 1 });
    expect(rows[0]?.durations).toBeNull();
  });

  it('share a scale for durations and for each kind of bytes', () => {
    const { rows, longestMs } = rowsOf([
      stage(0, { inputBytes: 30, shuffleReadBytes: 10, shuffleWriteBytes: 5 }),
      stage(1, { durations: { ...spread, max: 8_000 }, inputBytes: 80, diskSpilledBytes: 7 }),
    ]);
    expect(longestMs).toBe(8_000);
    expect(rows[0]).toMatchObject({ read: 0.5, written: 1, spilled: 0 });
    expect(rows[1]).toMatchObject({ read: 1, written: 0, spilled: 1 });
    expect(rows[0]?.durations).toEqual({
      range: { from: 0.0625, length: 0.1875 },
      middle: { from: 0.1, length: expect.closeTo(0.05, 9) as number },
      median: 0.125,
    });
  });

  it('name the findings about them', () => {
    const about = { id: 1, attempt: 0, name: '' };
    const { rows } = rowsOf(
      [stage(0, {}), stage(1, {})],
      [{ stage: null }, { stage: about }, { stage: about }],
    );
    expect(rows.map(({ findings }) => findings)).toEqual([[], [2, 3]]);
  });
});

describe('the picture of the cores', () => {
  it('is an area with a step for each value', () => {
    const axis = { length: 2, marks: [] };
    expect(areaPath([1, 4], 1, axis, 4)).toBe(
      'M0 120 L0.0 90.0 L500.0 90.0 L500.0 0.0 L1000.0 0.0 L1000.0 120 Z',
    );
    expect(areaPath([], 1, axis, 4)).toBe('');
  });
});
