import { describe, expect, it } from 'vitest';
import type { EngineEvent, EventCode, EventPayloads } from '../../../src/model/events.ts';
import { LaunchView } from '../../../webview/launch-log/launch-view.ts';
import { timeAxis } from '../../../webview/shared/time-axis.ts';

const start = Date.parse('2026-05-04T09:50:00.000Z');
const header = {
  id: 'x',
  cluster: 'demo',
  startedAt: new Date(start).toISOString(),
  usualSeconds: 5,
};

function at<C extends EventCode>(seconds: number, code: C, payload: EventPayloads[C]): EngineEvent {
  const time = new Date(start + seconds * 1000).toISOString();
  return { code, time, cluster: 'demo', provider: 'local', ...payload } as unknown as EngineEvent;
}

const plan = {
  ok: true,
  cluster: 'demo',
  provider: 'local',
  nodes: [
    { role: 'master', count: 1, cores: null, memoryMiB: null, type: 'process' },
    { role: 'worker', count: 2, cores: 1, memoryMiB: 1024, type: 'process' },
  ],
  software: [],
  price: null,
  changes: [],
  plannedChanges: [],
  problems: [],
} as const;

describe('a launch, as its log shows it', () => {
  it('has a lane for each node from the plan on, and its phases over time', () => {
    const view = new LaunchView(header);
    view.apply(at(0.5, 'plan.ready', { plan }));
    expect(view.lanes.map(({ node, state }) => [node, state])).toEqual([
      ['master', 'waiting'],
      ['worker-1', 'waiting'],
      ['worker-2', 'waiting'],
    ]);
    view.apply(at(1, 'node.phase', { node: 'master', phase: 'starting', detail: null }));
    view.apply(at(2, 'node.phase', { node: 'master', phase: 'alive', detail: null }));
    expect(view.lanes[0]).toMatchObject({
      state: 'alive',
      stretches: [
        { phase: 'starting', from: 1, to: 2 },
        { phase: 'alive', from: 2, to: null },
      ],
    });
    expect(view.activity).toBe('1 of 3 nodes ready');
    expect(view.elapsed(start + 3000)).toBe(3);
    view.finish({ status: 'ready', time: new Date(start + 4000).toISOString(), error: null });
    expect(view.elapsed(start + 9000)).toBe(4);
    expect(view.progress).toBe(1);
  });

  it('has the first trouble on top until its node is through', () => {
    const view = new LaunchView(header);
    view.apply(
      at(1, 'node.trouble', { node: 'worker-1', message: 'first', remedies: [{ text: 'wait' }] }),
    );
    view.apply(at(2, 'node.trouble', { node: 'worker-2', message: 'second', remedies: [] }));
    expect(view.error).toMatchObject({ subject: 'worker-1', message: 'first', remedy: 'wait' });
    view.apply(at(3, 'node.phase', { node: 'worker-1', phase: 'alive', detail: null }));
    expect(view.error).toBeNull();
  });

  it('shows what a failed launch ended with, whatever troubled it before', () => {
    const view = new LaunchView(header);
    view.apply(at(1, 'node.trouble', { node: 'worker-1', message: 'first', remedies: [] }));
    const error = { code: 'NODE_DIED', message: 'it died', hint: 'look', left: [] };
    view.finish({ status: 'failed', time: header.startedAt, error });
    expect(view.error).toMatchObject({ severity: 'error', message: 'it died', remedy: 'look' });
  });
});

describe('the axis of time', () => {
  it.each([
    [3, [0, 1, 2, 3]],
    [21, [0, 5, 10, 15, 20, 25]],
    [43, [0, 10, 20, 30, 40, 50]],
    [200, [0, 60, 120, 180, 240]],
    [30_000, [0, 7200, 14_400, 21_600, 28_800, 36_000]],
  ])('of %d s', (seconds, marks) => expect(timeAxis(seconds)).toMatchObject({ marks }));
});
