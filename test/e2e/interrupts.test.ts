import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LocalLab } from '../helpers/local-lab.ts';
import { TerminalSession } from '../helpers/terminal-session.ts';

const launch = [
  'launch',
  'demo',
  '--provider',
  'local',
  '--num-workers',
  '2',
  '--worker-memory',
  '1g',
] as const;

describe('a command line that is interrupted', () => {
  const lab = new LocalLab();
  const session = new TerminalSession(lab);
  afterAll(() => lab.close());

  /** Names of all clusters that have a folder. */
  function clusters(): string[] {
    return readdirSync(join(lab.state, 'local')).filter((name) => !name.endsWith('.lock'));
  }

  it('stops a launch and removes what it made on Ctrl-C', async () => {
    const { child, finished, saw } = session.start(...launch);
    await saw('Launching');
    await expect
      .poll(() => lab.processes().filter((line) => line.includes('deploy.')).length, {
        timeout: 30_000,
      })
      .toBeGreaterThan(0);
    child.kill('SIGINT');
    expect(await finished).toMatchObject({ exitCode: 130 });
    expect(lab.processes()).toEqual([]);
    expect(clusters()).toEqual([]);
  });

  it('lets others see and remove what a killed launch left', async () => {
    const { child, finished, saw } = session.start(...launch);
    await saw('Launching');
    await expect
      .poll(() => lab.processes().filter((line) => line.includes('deploy.')).length, {
        timeout: 30_000,
      })
      .toBeGreaterThan(0);
    child.kill('SIGKILL');
    await finished;
    const described = await session.run('describe', 'demo', '--output', 'table');
    expect(described.stdout).toContain('launch not completed');
    expect(await session.run(...launch)).toMatchObject({ exitCode: 1 });
    const refused = await session.run('add-workers', 'demo', '--num-workers', '1');
    expect(refused.stderr).toContain('flintrock destroy demo');
    // Somebody may still write the answer: Ctrl-C is none.
    const asked = session.startOpen('destroy', 'demo');
    await asked.saw('[y/N]');
    asked.child.kill('SIGINT');
    expect(await asked.finished).toMatchObject({ exitCode: 130 });
    expect(clusters()).toEqual(['demo']);
    expect(await session.run('destroy', 'demo')).toMatchObject({ exitCode: 1 });
    expect(clusters()).toEqual(['demo']);
    // `yes` never ends by itself.
    const endless = session.startOpen('destroy', 'demo');
    const yes = setInterval(() => endless.child.stdin.write('y\n'.repeat(1000)), 20);
    endless.child.stdin.on('error', () => clearInterval(yes));
    expect(await endless.finished).toMatchObject({ exitCode: 0 });
    clearInterval(yes);
    expect(lab.processes()).toEqual([]);
    expect(clusters()).toEqual([]);
  });

  it('cancels a job on Ctrl-C, and leaves one running whose client is killed', async () => {
    writeFileSync(
      join(lab.home, 'long.py'),
      `
import sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("started", flush=True)
while True:
    time.sleep(0.2)
    import os
    if os.path.exists("go"):
        open("gone", "w").close()
        break
spark.stop()
`,
    );
    expect(await session.run(...launch)).toMatchObject({ exitCode: 0 });
    const drivers = (): number =>
      lab.processes().filter((line) => line.includes('SparkSubmit') || line.includes('long.py'))
        .length;

    const cancelled = session.start('submit', 'demo', 'long.py');
    await cancelled.saw('started');
    cancelled.child.kill('SIGINT');
    expect(await cancelled.finished).toMatchObject({ exitCode: 130 });
    expect(drivers()).toBe(0);

    const left = session.start('submit', 'demo', 'long.py');
    await left.saw('started');
    left.child.kill('SIGKILL');
    await left.finished;
    expect(drivers()).toBeGreaterThan(0);
    writeFileSync(join(lab.home, 'go'), '');
    await expect.poll(() => readdirSync(lab.home)).toContain('gone');
    expect(await session.run('destroy', 'demo', '--assume-yes')).toMatchObject({ exitCode: 0 });
    expect(lab.processes()).toEqual([]);
  });
});
