import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  environmentAt,
  findInterpreters,
  isOfProject,
  selectedEnvironment,
} from '../../../src/python/interpreters.ts';
import { isOwnEnvironment, rememberEnvironment } from '../../../src/python/own-environments.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

/** Writes a program that says which version it is, and leaves a trace that it ran. */
function program(file: string, version: string): string {
  mkdirSync(dirname(file), { recursive: true });
  const script = `#!/bin/sh\ntouch '${file}.ran'\necho '${file}'\necho ${version}\n`;
  writeFileSync(file, script, { mode: 0o755 });
  return file;
}

function venv(folder: string, line: string): string {
  program(join(folder, 'bin', 'python'), '3.1.1');
  writeFileSync(join(folder, 'pyvenv.cfg'), `home = /usr/bin\n${line}\n`);
  return folder;
}

function conda(folder: string, version: string): string {
  program(join(folder, 'bin', 'python'), '3.1.1');
  mkdirSync(join(folder, 'conda-meta'));
  for (const name of [`python-${version}-h955ad1f_0`, 'python-dateutil-2.9.0-py311_0', 'history'])
    writeFileSync(join(folder, 'conda-meta', `${name}.json`), '{}');
  return folder;
}

/** A machine with one interpreter of each kind, and a project with programs of its own in it. */
function makeMachine() {
  const home = realpathSync(temporaryFolder('machine'));
  const project = join(home, 'project');
  const path = join(home, 'bin');
  program(join(path, 'python3'), '3.40.1');
  program(join(path, 'python3.41'), '3.41.2');
  symlinkSync('python3.41', join(path, 'python3.42'));
  program(join(path, 'python3-config'), '3.99.9');
  program(join(home, '.pyenv', 'shims', 'python3'), '3.98.9');
  program(join(home, '.pyenv', 'versions', '3.43.7', 'bin', 'python'), '3.1.1');
  mkdirSync(join(home, '.pyenv', 'versions', '3.44.1'));
  const data = join(home, '.local', 'share', 'uv', 'python');
  program(join(data, 'cpython-3.45.3-linux-x86_64-gnu', 'bin', 'python3.45'), '3.1.1');
  program(join(data, 'cpython-3.46.3+freethreaded-linux', 'bin', 'python3.46'), '3.1.1');
  conda(join(home, 'conda', 'envs', 'one'), '3.47.4');
  mkdirSync(join(home, '.conda'));
  writeFileSync(
    join(home, '.conda', 'environments.txt'),
    `${join(home, 'conda', 'envs', 'one')}\n`,
  );
  venv(join(project, '.venv'), 'version = 3.48.1');
  program(join(project, 'bin', 'python3'), '3.97.9');
  symlinkSync(join(project, 'bin'), join(home, 'link'));
  const env = {
    PATH: [
      join(project, '.venv', 'bin'),
      join(project, 'bin'),
      join(home, 'link'),
      join(home, '.pyenv', 'shims'),
      'bin',
      path,
    ].join(delimiter),
  };
  return { home, project, machine: { env, home, platform: 'linux' as const } };
}

describe('findInterpreters', () => {
  it('finds those of the path, pyenv, uv, conda and environments, each once', async () => {
    const { machine, project, home } = makeMachine();
    const found = await findInterpreters(machine, project, new AbortController().signal);
    const own = found.filter((one) => one.program.startsWith(home));
    expect(own.map(({ kind, version }) => `${kind} ${version}`).sort()).toEqual([
      'conda 3.47.4',
      'pyenv 3.43.7',
      'system 3.40.1',
      'system 3.41.2',
      'uv 3.45.3',
      'venv 3.48.1',
    ]);
  });

  it('runs nothing that is in the project, and no stand-in that a file there steers', async () => {
    const { machine, project, home } = makeMachine();
    await findInterpreters(machine, project, new AbortController().signal);
    expect(existsSync(join(home, 'bin', 'python3.ran'))).toBe(true);
    for (const file of [
      join(project, '.venv', 'bin', 'python'),
      join(project, 'bin', 'python3'),
      join(home, '.pyenv', 'shims', 'python3'),
      // Its version stands in its path.
      join(home, '.pyenv', 'versions', '3.43.7', 'bin', 'python'),
    ])
      expect(existsSync(`${file}.ran`), file).toBe(false);
  });

  it('stops with its signal', async () => {
    const { machine, project } = makeMachine();
    await expect(findInterpreters(machine, project, AbortSignal.abort())).rejects.toThrow();
  });
});

describe('isOfProject', () => {
  it('sees through links, and takes no folder that the home folder is in for a project', async () => {
    const { home, project } = makeMachine();
    expect(await isOfProject(join(home, 'link', 'python3'), project, { home })).toBe(true);
    expect(await isOfProject(join(project, '..', 'bin'), project, { home })).toBe(false);
    expect(await isOfProject(join(home, '..x', 'bin'), join(home, '..x'), { home })).toBe(true);
    expect(await isOfProject(join(home, '.pyenv'), home, { home })).toBe(false);
  });
});

describe('environmentAt', () => {
  it('reads what venv, uv and virtualenv write', () => {
    const folder = temporaryFolder('environments');
    for (const [name, line] of [
      ['venv', 'version = 3.48.1'],
      ['uv', 'version_info = 3.48.1'],
      ['virtualenv', 'version_info = 3.48.1.final.0'],
    ] as const)
      expect(environmentAt(venv(join(folder, name), line), 'linux')).toMatchObject({
        kind: 'venv',
        version: '3.48.1',
        program: join(folder, name, 'bin', 'python'),
      });
    expect(environmentAt(venv(join(folder, 'odd'), 'version = x'), 'linux')).toBeUndefined();
    expect(environmentAt(folder, 'linux')).toBeUndefined();
  });

  it('reads what a real venv writes', () => {
    const folder = join(temporaryFolder('real'), '.venv');
    execFileSync('python3', ['-m', 'venv', '--without-pip', folder]);
    const found = environmentAt(folder, 'linux');
    const said = execFileSync(found?.program ?? '', ['-V'], { encoding: 'utf8' });
    expect(`Python ${String(found?.version)}`).toBe(said.trim());
  });
});

describe('selectedEnvironment', () => {
  const folder = temporaryFolder('selected');
  const [active, project] = [join(folder, 'active'), join(folder, 'project')];
  venv(active, 'version = 3.50.1');
  venv(join(project, 'venv'), 'version = 3.51.1');
  conda(join(folder, 'conda'), '3.52.1');
  const versionIn = (env: Record<string, string>): string | undefined =>
    selectedEnvironment({ env, platform: 'linux' }, project)?.version;

  it('is the active one, else that of the folder, and of conda only what somebody chose', () => {
    const prefix = { CONDA_PREFIX: join(folder, 'conda') };
    expect(versionIn({ VIRTUAL_ENV: active, ...prefix })).toBe('3.50.1');
    expect(versionIn({ CONDA_DEFAULT_ENV: 'spark', ...prefix })).toBe('3.52.1');
    expect(versionIn({ CONDA_DEFAULT_ENV: 'base', ...prefix })).toBe('3.51.1');
    expect(versionIn({})).toBe('3.51.1');
    expect(versionIn({ VIRTUAL_ENV: 'active' })).toBe('3.51.1');
    expect(existsSync(join(project, 'venv', 'bin', 'python.ran'))).toBe(false);
  });
});

describe('environments of our making', () => {
  it('are known by what stands in them and in the state folder', async () => {
    const folder = temporaryFolder('own');
    const source = {
      env: { FLINTROCK_STATE: join(folder, 'state') },
      home: folder,
      platform: 'linux',
    } as const;
    const [made, other] = [join(folder, 'made'), join(folder, 'other')];
    for (const one of [made, other]) mkdirSync(one);
    expect(await isOwnEnvironment(made, source)).toBe(false);
    await rememberEnvironment(made, source);
    expect(await isOwnEnvironment(made, source)).toBe(true);
    // One that came with somebody else's folder.
    writeFileSync(join(other, '.flintrock'), 'x');
    expect(await isOwnEnvironment(other, source)).toBe(false);
    writeFileSync(join(made, '.flintrock'), 'x');
    expect(await isOwnEnvironment(made, source)).toBe(false);
  });
});
