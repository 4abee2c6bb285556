import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../helpers/run-cli.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

let home: string;
let cwd: string;
let file: string;

beforeEach(() => {
  home = temporaryFolder('consent');
  cwd = join(home, 'cloned');
  mkdirSync(cwd);
  file = join(cwd, 'flintrock.yaml');
  writeFileSync(file, 'launch:\n  num-slaves: 1\nproviders:\n  local:\n    spark-home: ./evil\n');
});

const consents = (): string[] => {
  const folder = join(home, '.local/state/flintrock/trusted-configurations');
  try {
    return readdirSync(folder).map((name) => {
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
      return name;
    });
  } catch {
    return [];
  }
};

describe('a configuration that lies in the current folder', () => {
  it('is refused in a pipe, with the way to allow it', async () => {
    const run = await runCli('launch demo', { cwd, home });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(
      './flintrock.yaml was found in this folder and sets providers.local.spark-home.',
    );
    expect(run.stderr).toContain('--config ./flintrock.yaml');
    expect(run.stderr).not.toContain('launching');
    expect(run.questions).toEqual([]);
  });

  it('is not allowed by --assume-yes', async () => {
    const run = await runCli('launch demo --assume-yes', { cwd, home, tty: true, answers: [''] });
    expect(run.code).toBe(2);
    expect(run.screen).not.toContain('launching');
  });

  it('is used if it was named', async () => {
    const run = await runCli('launch demo --config ./flintrock.yaml', { cwd, home });
    expect(run.code).toBe(0);
    expect(consents()).toEqual([]);
  });

  it('is asked about on a terminal once, until it changes', async () => {
    const ask = (answers: string[]) => runCli('launch demo', { cwd, home, tty: true, answers });
    const no = await ask(['']);
    expect(no.code).toBe(2);
    expect(no.screen).toContain('providers.local.spark-home: ./evil');
    expect(consents()).toEqual([]);
    const yes = await ask(['y']);
    expect(yes.code).toBe(0);
    expect(yes.questions).toHaveLength(1);
    expect(consents()).toHaveLength(1);
    const again = await ask([]);
    expect(again.questions).toEqual([]);
    expect(again.code).toBe(0);
    expect((await runCli('launch demo', { cwd, home })).code).toBe(0);
    writeFileSync(file, 'providers:\n  local:\n    spark-home: ./worse\n');
    expect((await ask(['n'])).questions).toHaveLength(1);
  });

  it('is not asked about for what it says of nothing that matters', async () => {
    writeFileSync(file, 'launch:\n  num-slaves: 1\nservices:\n  spark:\n    version: 4.1.4\n');
    expect((await runCli('launch demo', { cwd, home })).code).toBe(0);
    writeFileSync(file, 'providers:\n  local:\n    spark-home: ./evil\n');
    expect((await runCli('describe', { cwd, home })).code).toBe(0);
    expect((await runCli('configure --check', { cwd, home })).stderr).not.toContain('was found');
  });

  it('needs no consent where it is the user’s own', async () => {
    writeFileSync(join(home, 'flintrock.yaml'), 'providers:\n  local:\n    spark-home: ~/spark\n');
    expect((await runCli('launch demo', { cwd: home, home })).code).toBe(0);
    const own = join(home, '.config/flintrock');
    mkdirSync(own, { recursive: true });
    writeFileSync(
      join(own, 'config.yaml'),
      'launch: {}\nproviders:\n  local:\n    spark-home: ~/s\n',
    );
    const elsewhere = join(home, 'empty');
    mkdirSync(elsewhere);
    for (const folder of [own, elsewhere])
      expect((await runCli('launch demo', { cwd: folder, home })).code).toBe(0);
  });

  it('of somebody else’s program is passed over, which only --debug says', async () => {
    const other = join(home, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'config.yaml'), 'services:\n  web:\n    image: x\n');
    const quiet = await runCli('describe', { cwd: other, home });
    expect(quiet.stderr).not.toContain('config.yaml');
    const debug = await runCli('describe --debug', { cwd: other, home });
    expect(debug.stderr).toContain('config.yaml is not a Flintrock configuration and is ignored.');
  });
});
