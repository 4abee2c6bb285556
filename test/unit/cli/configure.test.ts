import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { buildTemplate } from '../../../src/config/generated/template.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

let cwd: string;
let home: string;
let own: string;

beforeEach(() => {
  cwd = temporaryFolder('cli');
  home = temporaryFolder('home');
  own = join(home, '.config', 'flintrock', 'config.yaml');
});

describe('flintrock configure', () => {
  it('writes the template where nobody can edit, and says where', async () => {
    const run = await runCli('configure', { cwd, home, env: { EDITOR: 'vi' } });
    expect(run).toMatchObject({ code: 0, stdout: `${own}\n`, programs: [] });
    expect(readFileSync(own, 'utf8')).toBe(buildTemplate());
  });

  it('writes a template that has no problem', async () => {
    await runCli('configure', { cwd, home });
    for (const provider of ['', ' --provider ec2']) {
      const { code, stdout } = await runCli(`configure --check${provider}`, { cwd, home });
      expect([code, stdout]).toEqual([0, expect.stringMatching(/\nNo problems found\.\n$/)]);
    }
  });

  it('opens the editor on a terminal', async () => {
    const env = { VISUAL: 'code --wait', EDITOR: 'vi' };
    const run = await runCli('configure', { cwd, home, tty: true, columns: 500, env });
    expect(run.programs).toEqual([
      { file: '/bin/sh', args: ['-c', 'code --wait "$@"', 'flintrock', own], env, cwd },
    ]);
    const failed = await runCli('configure', {
      cwd,
      home,
      tty: true,
      columns: 500,
      env,
      program: () => 1,
    });
    expect(failed.code).not.toBe(0);
  });

  it('--check prints durations and volumes as the file has them', async () => {
    const text =
      'provider: ec2\nlaunch: {num-slaves: 1, max-lifetime: 90 min}\nproviders:\n  ec2: {volumes: "size=500,type=gp2"}\n';
    writeFileSync(join(cwd, 'flintrock.yaml'), text);
    const { stdout } = await runCli('configure --check', { cwd, home });
    expect(stdout).toMatch(/^ {2}launch\.max-lifetime +1 h 30 min$/m);
    expect(stdout).toMatch(/^ {2}providers\.ec2\.volumes +size=500,type=gp2$/m);
    const json = await runCli('configure --check --json', { cwd, home });
    expect(JSON.parse(json.stdout)).toMatchObject({
      options: {
        'launch.max-lifetime': '1 h 30 min',
        'providers.ec2.volumes': ['size=500,type=gp2'],
      },
    });
  });

  it('never overwrites', async () => {
    const file = join(cwd, 'flintrock.yaml');
    writeFileSync(file, '# mine\n');
    const run = await runCli('configure --json', { cwd, home });
    expect(JSON.parse(run.stdout)).toEqual({ file, exists: true, written: false });
    expect(readFileSync(file, 'utf8')).toBe('# mine\n');
    expect(existsSync(own)).toBe(false);
  });

  it('locates without writing', async () => {
    expect(await runCli('configure --locate', { cwd, home })).toMatchObject({
      code: 0,
      stdout: `${own}\n`,
      stderr: '',
    });
    expect(existsSync(own)).toBe(false);
    const named = await runCli('configure --locate --json --config x.yaml', { cwd, home });
    expect(JSON.parse(named.stdout)).toEqual({
      file: join(cwd, 'x.yaml'),
      exists: false,
      written: false,
    });
  });
});

describe('flintrock configure --check', () => {
  it('prints what a launch would use', async () => {
    writeFileSync(
      join(cwd, 'flintrock.yaml'),
      'launch:\n  num-slaves: 3\nservices:\n  spark:\n    version: 4.1.4\n',
    );
    const run = await runCli('configure --check --json', { cwd, home });
    expect(run.code).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({
      ok: true,
      file: join(cwd, 'flintrock.yaml'),
      provider: 'local',
      options: { 'launch.num-slaves': 3, 'services.spark.version': '4.1.4' },
      problems: [],
    });
    const human = await runCli('configure --check', { cwd, home });
    expect(human.stdout).toMatch(/launch\.num-slaves +3\n/);
    expect(human.stdout).toContain('No problems found.');
  });

  it('exits with 2 and says what is wrong, and where', async () => {
    const file = join(cwd, 'flintrock.yaml');
    writeFileSync(file, 'launch:\n  num-slave: 3\n');
    const run = await runCli('configure --check', { cwd, home });
    expect(run.code).toBe(2);
    expect(run.stdout).toContain(`${file}:2:3: `);
    expect(run.stdout).toContain('1 error, 0 warnings.');
  });

  it('needs the file that was named', async () => {
    expect((await runCli('configure --check --config nope.yaml', { cwd, home })).code).toBe(2);
  });
});

describe('which file is used', () => {
  it('is said once, on standard error', async () => {
    writeFileSync(join(cwd, 'flintrock.yaml'), 'launch:\n  num-slaves: 1\n');
    const terminal = { cwd, home, tty: true, env: { TERM: 'dumb' } };
    const run = await runCli('launch demo', terminal);
    expect(run.raw.match(/flintrock\.yaml/g)).toHaveLength(1);
    expect(run.raw).toContain('./flintrock.yaml; provider local\ndemo: Launching 1 + 1');
    const plan = await runCli('--config flintrock.yaml plan demo', terminal);
    expect(plan.raw).toBe('./flintrock.yaml; provider local\n');
  });

  it('is not said in a log, but for --debug', async () => {
    writeFileSync(join(cwd, 'flintrock.yaml'), 'launch:\n  num-slaves: 1\n');
    expect((await runCli('plan demo', { cwd, home })).stderr).toBe('');
    const debug = await runCli('plan demo --debug', { cwd, home });
    expect(debug.stderr).toContain('./flintrock.yaml; provider local\n');
  });

  it('turns stacks on if it says debug', async () => {
    writeFileSync(join(cwd, 'flintrock.yaml'), 'debug: true\n');
    expect((await runCli('describe nope', { cwd, home })).stderr).toContain('    at ');
  });
});
