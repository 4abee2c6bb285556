import { describe, expect, it } from 'vitest';
import { CoreTimelineBuilder } from '../../../src/history/core-timeline.ts';

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

describe('the cores of an application over time', () => {
  it('are averages over steps', () => {
    const timeline = new CoreTimelineBuilder();
    timeline.begin(1_000);
    timeline.addHeld(1_000, 1_400, 4);
    timeline.addBusy(1_050, 1_250, 1);
    timeline.addBusy(1_200, 1_300, 2);
    expect(timeline.build()).toEqual({
      startedAt: 1_000,
      stepMs: 100,
      held: [4, 4, 4, 4],
      busy: [0.5, 1, 2.5, 0],
    });
  });

  it('keep their sum while steps become longer, and never more than 240 of them', () => {
    const timeline = new CoreTimelineBuilder();
    timeline.begin(0);
    for (let second = 0; second < 3_600; second += 1)
      timeline.addBusy(second * 1000, second * 1000 + 500, 2);
    const { busy, stepMs } = timeline.build();
    expect(busy.length).toBeLessThanOrEqual(240);
    expect(stepMs).toBe(25_600);
    expect((sum(busy) * stepMs) / 1000).toBeCloseTo(3_600, 0);
  });

  it('survive times that no clock says', () => {
    const timeline = new CoreTimelineBuilder();
    timeline.begin(1_000);
    timeline.addBusy(0, 500, 1);
    timeline.addBusy(2_000, 1_500, 1);
    timeline.addBusy(Number.NaN, 5, 1);
    timeline.addHeld(1_000, 8.64e15, 3);
    const { busy, held } = timeline.build();
    expect(sum(busy)).toBe(0);
    expect(held.length).toBeLessThanOrEqual(240);
    expect(Math.max(...held)).toBe(3);
  });

  it('are none where nothing ran', () => {
    expect(new CoreTimelineBuilder().build()).toEqual({
      startedAt: 0,
      stepMs: 100,
      busy: [],
      held: [],
    });
  });
});
