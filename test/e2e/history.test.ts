import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { commandsOf, runDocumented } from '../helpers/documentation.ts';
import { beginning, ending, logText, stage } from '../helpers/event-logs.ts';
import { LocalLab } from '../helpers/local-lab.ts';

const commands = commandsOf('history.md');

describe('docs/history.md', () => {
  const lab = new LocalLab();
  const { flintrock } = lab.open();
  afterAll(() => lab.close());

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
    expect(commands.length).toBeGreaterThan(7);
    for (const line of commands) {
      if (line.includes('--no-keep-history')) {
        await launch();
        await flintrock.explain('demo');
      }
      const isPage = line.startsWith('flintrock ui');
      const { code, stdout, stderr } = await runDocumented(
        lab,
        line,
        isPage ? { isEnough: isServed } : {},
      );
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
