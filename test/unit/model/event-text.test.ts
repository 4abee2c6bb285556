import { describe, expect, it } from 'vitest';
import { eventText } from '../../../src/model/event-text.ts';
import type { EngineEvent, EventCode, EventPayloads } from '../../../src/model/events.ts';

function text<C extends EventCode>(code: C, payload: EventPayloads[C]): string | undefined {
  return eventText({
    code,
    time: '2026-05-04T10:00:00.000Z',
    cluster: 'demo',
    provider: 'ec2',
    ...payload,
  } as unknown as EngineEvent);
}

describe('an event as a line of a log', () => {
  it('says who and what', () => {
    expect([
      text('verb.started', { verb: 'launch', nodes: ['master', 'worker-1'] }),
      text('waiting', { reason: 'SSH on the master (refused)' }),
      text('node.phase', { node: 'master', phase: 'downloading', detail: null }),
      text('node.phase', { node: 'worker-1', phase: 'alive', detail: '2 cores, 6951 MiB' }),
      text('node.trouble', { node: 'worker-1', message: 'the source is slow', remedies: [] }),
      text('warning', {
        kind: 'AWS_CAPACITY_SHORT',
        message: 'no room',
        remedies: [{ text: 'Try later.' }],
      }),
      text('source.failed', { source: 'https://a', reason: 'answered 503', next: 'https://b' }),
      text('source.failed', { source: 'https://b', reason: 'answered 503', next: null }),
      text('cleanup.started', { reason: 'Stopped.' }),
      text('cleanup.finished', { left: [] }),
      text('cleanup.finished', { left: ['i-1: busy'] }),
      text('verb.finished', { verb: 'launch', seconds: 61.25 }),
    ]).toMatchInlineSnapshot(`
      [
        "demo        launch  master worker-1",
        "demo        waiting for SSH on the master (refused)",
        "master      downloading",
        "worker-1    alive  2 cores, 6951 MiB",
        "worker-1    trouble: the source is slow",
        "warning     AWS_CAPACITY_SHORT: no room  Try later.",
        "source      https://a  answered 503  next: https://b",
        "source      https://b  answered 503",
        "demo        removing what was made  Stopped.",
        "demo        nothing is left",
        "demo        left: i-1: busy",
        "demo        launch done in 61.3 s",
      ]
    `);
  });

  it('is one line, whatever is in it', () => {
    expect(text('waiting', { reason: 'a\r\n  b\nc' })).toBe('demo        waiting for a b c');
  });

  it('leaves the output of jobs and commands out', () => {
    expect(text('job.output', { job: 'job-1', stream: 'stdout', text: 'secret' })).toBeUndefined();
    expect(
      text('command.output', { node: 'master', stream: 'stdout', line: 'secret' }),
    ).toBeUndefined();
  });
});
