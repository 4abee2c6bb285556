import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseJobList } from '../../../src/node/jobs/job-list.ts';
import { jobScript } from '../../../src/node/jobs/job-script.ts';
import program from '../../../src/node/jobs/jobs.py';
import { readFrames } from '../../helpers/read-frames.ts';

const home = mkdtempSync(join(tmpdir(), 'flintrock-jobs-'));
afterAll(() => rmSync(home, { recursive: true }));
const env = { ...process.env, HOME: home };
const keptBytes = 1_000_000;
let number = 0x1000;

/** Makes a job's folder, and starts what runs in it. */
function start(command: string) {
  const id = `job-20261130T121500Z-${(number++).toString(16)}`;
  const folder = join(home, '.flintrock', 'jobs', id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'job.json'), JSON.stringify({ command, submittedBy: 'ann@box' }));
  const script = join(folder, 'run');
  writeFileSync(
    script,
    jobScript(`"$HOME/.flintrock/jobs/${id}"`, { before: '', command, keptBytes }),
  );
  const child = spawn('/bin/sh', [script], { env, detached: true, stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return { id, folder, ended, group: child.pid ?? 0 };
}

/** What the program says of a job, from a position on. */
function follow(id: string, { stdout = 0, stderr = 0, until = 'end' } = {}) {
  const args = ['-', 'follow', id, String(stdout), String(stderr), until];
  return readFrames(execFileSync('python3', args, { env, input: program, maxBuffer: 1e9 }));
}

const list = () =>
  parseJobList(execFileSync('python3', ['-', 'list'], { env, input: program, encoding: 'utf8' }));

describe('the program that tells of jobs', () => {
  it('passes a job’s output on, each stream for itself, and its exit code', () => {
    const { id } = start("sh -c 'printf out; printf err >&2; sleep 0.3; printf more; exit 3'");
    expect(follow(id)).toEqual({
      stdout: 'outmore',
      stderr: 'err',
      cuts: [],
      last: { kind: 'ended', exitCode: 3, state: 'failed' },
    });
    expect(follow(id, { stdout: 5, stderr: 3 })).toMatchObject({ stdout: 're', stderr: '' });
    expect(list().find((job) => job.id === id)).toMatchObject({
      state: 'failed',
      exitCode: 3,
      submittedBy: 'ann@box',
      startedAt: expect.any(String) as string,
      endedAt: expect.any(String) as string,
    });
  });

  it('knows one that runs, one that is gone, and one that was canceled', async () => {
    const running = start('sleep 600');
    let seen = follow(running.id, { until: 'now' });
    expect(seen.last).toEqual({ kind: 'running' });
    expect(list().find(({ id }) => id === running.id)).toMatchObject({
      state: 'running',
      endedAt: null,
    });
    process.kill(-running.group, 'SIGKILL');
    await running.ended;
    seen = follow(running.id);
    expect(seen.last).toEqual({ kind: 'ended', exitCode: 137, state: 'lost' });
    writeFileSync(join(running.folder, 'canceled'), '');
    expect(follow(running.id).last).toEqual({ kind: 'ended', exitCode: 143, state: 'canceled' });
    expect(follow('job-20200101T000000Z-0000').last).toEqual({ kind: 'missing' });
  });

  it('reads whatever a job writes into its folder', async () => {
    const { id, folder, ended } = start('printf out');
    await ended;
    writeFileSync(join(folder, 'exit'), '-5');
    writeFileSync(join(folder, 'started'), '9'.repeat(40));
    writeFileSync(join(folder, 'job.json'), '{"command": 7, "submittedBy": [');
    expect(follow(id)).toMatchObject({ stdout: 'out', last: { exitCode: 251, state: 'failed' } });
    expect(list().find((job) => job.id === id)).toMatchObject({ command: '', startedAt: null });
    for (const text of ['x y', '1 2 3', '5 2', '-9 99'])
      for (const stream of ['stdout', 'stderr']) {
        writeFileSync(join(folder, `cut.${stream}`), text);
        expect(follow(id).last).toMatchObject({ exitCode: 251 });
      }
  });

  it('keeps the disk from filling: the middle of a long output goes, and positions stay', async () => {
    const { id, folder, ended } = start(
      'sh -c \'printf begin; head -c 4000000 /dev/zero | tr "\\0" x; until [ -e "$0/cut.stdout" ]; do sleep 0.05; done; printf end\' "$folder"',
    );
    await ended;
    const { size, blocks } = statSync(join(folder, 'stdout'));
    expect(size).toBe(4_000_008);
    expect(blocks * 512).toBeLessThan(2.5 * keptBytes);
    const { stdout, cuts, last } = follow(id);
    const [cut = 0] = cuts.map((text) => Number(text.replace('stdout ', '')));
    expect(cut).toBeGreaterThan(keptBytes);
    expect([stdout.length + cut, stdout.includes('\0'), last?.kind]).toEqual([
      size,
      false,
      'ended',
    ]);
    expect([stdout.slice(0, 6), stdout.slice(-4)]).toEqual(['beginx', 'xend']);
    // From the middle of what is gone.
    expect(follow(id, { stdout: 1_500_000 }).cuts).toEqual([`stdout ${cut - 500_000}`]);
  });
});
