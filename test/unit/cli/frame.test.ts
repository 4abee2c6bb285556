import { describe, expect, it } from 'vitest';
import { paint } from '../../../src/cli/rendering/palette.ts';
import { frame } from '../../../src/cli/rendering/views/frame.ts';
import type { EngineEvent, EventCode, EventPayloads } from '../../../src/model/events.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { Progress } from '../../../src/model/progress.ts';

function event<C extends EventCode>(code: C, payload: EventPayloads[C]): EngineEvent {
  const common = { code, time: '2026-05-04T10:00:00Z', cluster: 'analytics', provider: 'ec2' };
  return { ...common, ...payload } as unknown as EngineEvent;
}

const plan: Plan = {
  ok: true,
  cluster: 'analytics',
  provider: 'ec2',
  nodes: [
    { role: 'master', count: 1, cores: null, memoryMiB: null, type: 'm7g.large' },
    { role: 'worker', count: 8, cores: 4, memoryMiB: 16_384, type: 'm7g.xlarge' },
  ],
  software: [],
  price: { currency: 'USD', perHour: 1.534, parts: [] },
  changes: [],
  plannedChanges: [],
  problems: [],
};
const workers = Array.from({ length: 8 }, (_, index) => `worker-${index + 1}`);

function analytics(): Progress {
  const progress = new Progress('analytics', 'launch', 0);
  progress.apply(event('plan.ready', { plan }), 1000);
  progress.apply(event('verb.started', { verb: 'launch', nodes: ['master', ...workers] }), 1000);
  const phase = (node: string, name: 'booting' | 'downloading' | 'configuring' | 'alive'): void =>
    progress.apply(event('node.phase', { node, phase: name, detail: null }), 20_000);
  for (const node of ['master', ...workers]) phase(node, 'booting');
  for (const node of ['master', ...workers]) phase(node, 'downloading');
  for (const node of ['master', ...workers]) if (node !== 'worker-6') phase(node, 'configuring');
  for (const node of ['master', ...workers.slice(0, 5)]) phase(node, 'alive');
  progress.apply(
    event('node.trouble', {
      node: 'worker-6',
      message: 'CDN answered 503, taking the master’s copy',
      remedies: [],
    }),
    21_000,
  );
  progress.apply(event('waiting', { reason: '3 of 8 workers' }), 22_000);
  return progress;
}

const drawn = (progress: Progress, now: number, width: number, height = 24): string[] =>
  frame(progress, now, { width, height }, null).map((line) => paint(line, false, width));

describe('frame', () => {
  it('shows a launch on EC2: how far, how long, how much, what is wrong', () => {
    expect(drawn(analytics(), 43_000, 79).join('\n')).toMatchInlineSnapshot(`
      "analytics  1 × m7g.large + 8 × m7g.xlarge  EC2  $1.53/h                    43 s
        Booting     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━       9 of 9        20 s
        Downloading ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╸           8 of 9
        Configuring ━━━━━━━━━━━━━━━━━━━━━━━━━━╸                    6 of 9
        Starting    ━━━━━━━━━━━━━━━━━━━━━━━━━━╸                    6 of 9
        Ready       ━━━━━━━━━━━━━━━━━━━━━━━━━━╸                    6 of 9
        worker-6: CDN answered 503, taking the master’s copy
        Waiting for 3 of 8 workers: worker-6, worker-7, worker-8"
    `);
  });

  it('is never wider or higher than its place', () => {
    for (let width = 1; width <= 120; width += 1)
      for (const height of [1, 3, 6, 24]) {
        const lines = drawn(analytics(), 43_000, width, height);
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, height - 1));
        for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(width);
      }
  });

  it('forgets the trouble of a node that made it', () => {
    const progress = analytics();
    progress.apply(event('node.phase', { node: 'worker-6', phase: 'alive', detail: null }), 50_000);
    expect(drawn(progress, 51_000, 79).join('\n')).not.toContain('503');
  });

  it('takes control characters out of what nodes say', () => {
    const progress = analytics();
    const message = 'bad\u001B[2Jnews\r\nhere';
    progress.apply(event('node.trouble', { node: 'worker-7', message, remedies: [] }), 50_000);
    expect(drawn(progress, 51_000, 79).join('|')).toContain('worker-7: badnews here|');
  });
});
