import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { beginning, ending, logText, stage } from '../helpers/event-logs.ts';
import { LocalLab } from '../helpers/local-lab.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/history.md'), 'utf8');

/** The commands that docs/history.md shows, in its order. */
const commands = [...page.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, text = '']) =>
  text.trim().split('\n'),
);

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('docs/history.md', () => {
  const lab = new LocalLab();
  const { flintrock } = lab.open();
  afterAll(() => lab.close());

  /** @param isEnough says of what was printed that Ctrl-C is pressed now */
  function run(line: string, isEnough: (stdout: string) => Promise<boolean>): Promise<Run> {
    const [program, ...args] = line.split(' ');
    expect(program).toBe('flintrock');
    const child = spawn(execPath, [join(root, 'dist/cli.js'), ...args], {
      cwd: lab.home,
      env: { ...lab.env, HOME: lab.home, FLINTROCK_OUTPUT: 'table' },
    });
    let [stdout, stderr] = ['', ''];
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      void isEnough(stdout).then((enough) => enough && child.kill('SIGINT'));
    });
    return new Promise((resolve) => {
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
  }

  const launch = async (): Promise<void> => {
    await flintrock.launch('demo', {
      values: { provider: 'local', numWorkers: 1, localWorkerMemory: 512 },
    });
    const events = join(lab.state, 'local/demo/events');
    mkdirSync(events, { recursive: true });
    const log = logText([
      ...beginning(),
      ...stage(0, 10, 20, [{ from: 10, seconds: 10 }]),
      ending(21),
    ]);
    for (const id of ['0003', '0004']) writeFileSync(join(events, `app-20260504100000-${id}`), log);
  };

  it('has commands that do what it says', async () => {
    await launch();
    const saved = join(lab.state, 'history/demo/events/app-20260504100000-0003');
    const never = (): Promise<boolean> => Promise.resolve(false);
    expect(commands.length).toBeGreaterThan(7);
    for (const line of commands) {
      if (line.includes('--no-keep-history')) {
        await launch();
        await flintrock.explain('demo');
      }
      const isPage = line.startsWith('flintrock ui');
      const { code, stdout, stderr } = await run(line, isPage ? isServed : never);
      expect([line, code, stderr.includes('error')]).toEqual([line, 0, false]);
      if (line.startsWith('flintrock explain'))
        expect(stdout).toContain(line.includes('--json') ? '"kind":"idle-cores"' : 'Too few tasks');
      if (line === 'flintrock explain demo 0003')
        expect(stdout).toContain('app-20260504100000-0003');
      if (line === 'flintrock destroy demo --assume-yes') {
        expect(stdout).toContain('Event logs of 2 applications saved');
        expect(existsSync(saved)).toBe(true);
      }
      if (line.includes('--no-keep-history')) expect(stdout).not.toContain('saved');
    }
    expect(lab.processes()).toEqual([]);
  });

  async function isServed(stdout: string): Promise<boolean> {
    const [address] = /http:\/\/127\.0\.0\.1:\d+\//.exec(stdout) ?? [];
    if (address === undefined) return false;
    const reply = await fetch(address);
    expect(await reply.text()).toContain('History Server');
    return true;
  }
});
