import { describe, expect, it } from 'vitest';
import type { EngineEvent, EventCode, EventPayloads } from '../../../src/model/events.ts';
import { formatEvent, formatEventLine } from '../../../src/text/events.ts';

function text<C extends EventCode>(code: C, payload: EventPayloads[C]): string | undefined {
  const line = formatEvent({
    code,
    time: '2026-05-04T10:00:00.000Z',
    cluster: 'demo',
    provider: 'ec2',
    ...payload,
  } as unknown as EngineEvent);
  return line === undefined ? undefined : `${line.level.padEnd(7)}  ${formatEventLine(line)}`;
}

describe('an event as a line of a log', () => {
  it('says who and what, and how much it weighs', () => {
    const progress = { what: 'Spark 4.1.4', source: 'https://a/spark.tgz', total: 437e6 };
    expect([
      text('verb.started', { verb: 'launch', nodes: ['master', 'worker-1'] }),
      text('verb.started', { verb: 'stop', nodes: ['master', 'worker-1'] }),
      text('waiting', { reason: 'SSH on the master (refused)' }),
      text('download.progress', { ...progress, bytes: 0 }),
      text('download.progress', { ...progress, bytes: 2e8 }),
      text('download.progress', { ...progress, bytes: 2e8, total: null }),
      text('node.phase', { node: 'master', phase: 'downloading', detail: null }),
      text('node.phase', { node: 'worker-1', phase: 'alive', detail: '2 cores, 6.8 GiB' }),
      text('node.trouble', { node: 'worker-1', message: 'the source is slow', remedies: [] }),
      text('warning', {
        kind: 'AWS_CAPACITY_SHORT',
        message: 'No room.',
        remedies: [{ text: 'Try later.' }],
      }),
      text('source.failed', { source: 'https://a', reason: 'answered 503', next: 'https://b' }),
      text('source.failed', { source: 'https://b', reason: 'answered 503', next: null }),
      text('instances.ending', { instances: [{ id: 'i-1', node: 'worker-1' }] }),
      text('cleanup.started', { reason: 'Stopped.' }),
      text('cleanup.finished', { left: [] }),
      text('cleanup.finished', { left: ['i-1: busy'] }),
      text('verb.finished', { verb: 'launch', seconds: 61.25 }),
    ]).toMatchInlineSnapshot(`
      [
        "info     Launching",
        "info     Stopping 2 nodes",
        "debug    Waiting for SSH on the master (refused)",
        "debug    Downloading Spark 4.1.4 (437 MB) from https://a/spark.tgz",
        "debug    Downloading Spark 4.1.4: 200 MB of 437 MB",
        "debug    Downloading Spark 4.1.4: 200 MB",
        "info     master: Downloading",
        "info     worker-1: Ready · 2 cores, 6.8 GiB",
        "warning  worker-1: the source is slow",
        "warning  No room. Try later.",
        "warning  https://a failed: answered 503. Trying https://b",
        "warning  https://b failed: answered 503",
        "info     Terminating worker-1 (i-1)",
        "info     Cleaning up",
        "info     Cleanup complete",
        "error    Not removed: i-1: busy",
        "info     Completed in 1 min 1 s",
      ]
    `);
  });

  it('is one line, whatever is in it', () => {
    expect(text('waiting', { reason: 'a\r\n  b\nc' })).toBe('debug    Waiting for a b c');
  });

  it('leaves the output of jobs and commands out', () => {
    expect(text('job.output', { job: 'job-1', stream: 'stdout', text: 'secret' })).toBeUndefined();
    expect(
      text('command.output', { node: 'master', stream: 'stdout', line: 'secret' }),
    ).toBeUndefined();
  });
});
