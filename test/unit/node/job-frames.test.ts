import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JobFrames } from '../../../src/node/jobs/job-frames.ts';
import { parseJobList } from '../../../src/node/jobs/job-list.ts';
import { readFrames } from '../../helpers/read-frames.ts';

const text =
  'stdout 5\na\nb\ncstderr 0\nstderr 6\ntick\n\ntick\ncut stdout 700\nstdout 1\nzended 7 failed\n';

describe('the frames of a followed job', () => {
  it('are told apart wherever they are cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (places) => {
        const cuts = [0, ...places.sort((a, b) => a - b), text.length];
        const chunks = cuts.slice(1).map((end, index) => Buffer.from(text.slice(cuts[index], end)));
        expect(readFrames(...chunks)).toEqual({
          stdout: 'a\nb\ncz',
          stderr: 'tick\n\n',
          cuts: ['stdout 700'],
          last: { kind: 'ended', exitCode: 7, state: 'failed' },
        });
      }),
    );
  });

  it.each([
    'hello\n',
    'x'.repeat(200),
    'stdout -1\n',
    'stdout 99999999999999999\n',
    'ended 7 running\n',
  ])('are nothing else: %j', (other) => {
    expect(() => readFrames(Buffer.from(other))).toThrow('can’t be read');
  });

  it('wait for whoever takes the output', async () => {
    let release: () => void = () => undefined;
    const frames = new JobFrames({
      output: () => new Promise((resolve) => (release = resolve)),
      cut: () => undefined,
    });
    const pushed = frames.push(Buffer.from('stdout 3\nabc'));
    let isTaken = false;
    void pushed?.then(() => (isTaken = true));
    await Promise.resolve();
    expect(isTaken).toBe(false);
    release();
    await pushed;
    expect(frames.push(Buffer.from('tick\n'))).toBeUndefined();
  });
});

describe('a list of jobs', () => {
  it('is read as far as it is one', () => {
    const id = 'job-20261130T121500Z-1f0c';
    const list = [
      {
        id,
        command: 'a.py',
        submittedBy: 'ann@box',
        started: 1_796_000_000,
        ended: null,
        exitCode: null,
        state: 'running',
      },
      { id, command: 7, started: 'x', ended: 1e300, exitCode: 1, state: 'failed' },
      { id: '../../etc', state: 'failed' },
      { id, state: 'strange' },
      null,
    ];
    expect(parseJobList(JSON.stringify(list))).toEqual([
      {
        id,
        command: 'a.py',
        submittedBy: 'ann@box',
        startedAt: '2026-11-30T00:53:20.000Z',
        endedAt: null,
        state: 'running',
        exitCode: null,
      },
      {
        id,
        command: '',
        submittedBy: null,
        startedAt: null,
        endedAt: null,
        state: 'failed',
        exitCode: 1,
      },
    ]);
  });
});
