import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Flintrock, isClusterError } from '../../src/index.ts';
import { LocalLab } from '../helpers/local-lab.ts';
import { ActingHost, RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';

const run = promisify(execFile);

/** What a client of Spark Connect imports, and nothing that only the full package has. */
const imports = `
import sys, pyspark, pandas, pyarrow, grpc, zstandard
from pyspark.sql.connect.session import SparkSession
print(".".join(map(str, sys.version_info[:3])), pyspark.__version__, pandas.__version__.split(".")[0])
`;

describe('a Python environment for a local cluster', () => {
  inSteps();
  const lab = new LocalLab();
  const project = join(lab.home, 'project');
  const path = join(project, '.venv');
  let python = '';

  beforeAll(async () => {
    mkdirSync(project);
    const values = { provider: 'local', numWorkers: 1, localWorkerMemory: 1024 } as const;
    await lab.open().flintrock.launch('demo', { values });
    const { stdout } = await run('python3', [
      '-c',
      'import sys; print(*sys.version_info[:3], sep=".")',
    ]);
    python = stdout.trim();
  });
  afterAll(() => lab.close());

  it('is removed if its packages can’t be had', async () => {
    const host = new RecordingHost();
    const flintrock = new Flintrock({
      host,
      surroundings: {
        // Nobody listens there.
        env: {
          ...lab.env,
          PIP_INDEX_URL: 'http://user:swordfish@127.0.0.1:1/simple',
          PIP_RETRIES: '0',
        },
        home: lab.home,
        cwd: project,
      },
    });
    const error: unknown = await flintrock.pythonEnv('demo').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'PYTHON_INSTALL_FAILED' });
    expect(String(error)).toContain('pyspark-client');
    expect(JSON.stringify([error, host.events])).not.toContain('swordfish');
    expect(host.of('cleanup.finished')).toMatchObject([{ left: [] }]);
    expect(readdirSync(project)).toEqual([]);
  });

  it('is removed if it is stopped while packages are installed', async () => {
    const stop = new AbortController();
    const host = new ActingHost((event) => {
      if (event.code === 'step.output' && event.line.startsWith('Collecting')) stop.abort();
    });
    const error: unknown = await lab
      .open(host)
      .flintrock.pythonEnv('demo', { folder: project, signal: stop.signal })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ABORTED' });
    expect(readdirSync(project)).toEqual([]);
    expect(lab.processes().filter((line) => line.includes(path))).toEqual([]);
  });

  it('is made with the cluster’s Python and the client that fits, and tried out', async () => {
    const { flintrock, host } = lab.open();
    const result = await flintrock.pythonEnv('demo', { folder: 'project' });
    expect(result).toMatchObject({
      path,
      python: join(path, 'bin', 'python'),
      created: true,
      tool: 'pip',
      sparkVersion: '4.1.4',
      clusterPythonVersion: python,
    });
    const [major, minor] = python.split('.');
    expect(result.pythonVersion.startsWith(`${String(major)}.${String(minor)}.`)).toBe(true);
    const { stdout } = await run(result.python, ['-c', imports], { cwd: '/' });
    expect(stdout.trim()).toBe(`${result.pythonVersion} 4.1.3 2`);
    expect(host.questions).toEqual([]);
    expect(host.of('step.finished').map(({ subject }) => subject?.kind)).toEqual([
      'python-environment',
      'python-packages',
      'python-check',
    ]);
    expect(readFileSync(join(path, '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('is completed if it is there, without a question', async () => {
    await run(join(path, 'bin', 'python'), ['-m', 'pip', 'uninstall', '-y', 'zstandard']);
    const { flintrock, host } = lab.open();
    expect(await flintrock.pythonEnv('demo', { folder: project, check: false })).toMatchObject({
      created: false,
    });
    await run(join(path, 'bin', 'python'), ['-c', 'import zstandard, ipykernel']);
    expect(host.questions).toEqual([]);
  });

  it('is made and completed by uv where there is one', async () => {
    const tools = join(lab.home, 'tools');
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', tools, 'uv']);
    const surroundings = {
      env: { ...lab.env, PATH: `${join(tools, 'bin')}:${lab.env['PATH'] ?? ''}` },
      home: lab.home,
      cwd: lab.home,
    };
    await run(join(path, 'bin', 'python'), ['-m', 'pip', 'uninstall', '-y', 'zstandard']);
    const completed = await new Flintrock({ surroundings }).pythonEnv('demo', {
      folder: project,
      check: false,
    });
    expect(completed).toMatchObject({ created: false, tool: 'uv' });
    await run(join(path, 'bin', 'python'), ['-c', 'import zstandard']);
    // A second one needs no packages to show who makes it.
    const second = join(lab.home, 'second');
    mkdirSync(second);
    const stop = new AbortController();
    let made = '';
    const host = new ActingHost((event) => {
      if (event.code !== 'step.finished') return;
      made = readFileSync(join(second, '.venv', 'pyvenv.cfg'), 'utf8');
      stop.abort();
    });
    await expect(
      new Flintrock({ host, surroundings }).pythonEnv('demo', {
        folder: second,
        signal: stop.signal,
      }),
    ).rejects.toMatchObject({ code: 'ABORTED' });
    expect(made).toMatch(/^uv = /m);
    expect(readdirSync(second)).toEqual([]);
  });

  it('stays as it was if no query works with it', async () => {
    const [library = ''] = readdirSync(join(path, 'lib'));
    const hook = join(path, 'lib', library, 'site-packages', 'without-remote.pth');
    writeFileSync(hook, 'import os; os.environ.pop("SPARK_REMOTE", None)\n');
    await expect(lab.open().flintrock.pythonEnv('demo', { folder: project })).rejects.toMatchObject(
      { code: 'PYTHON_ENVIRONMENT_UNFIT' },
    );
    rmSync(hook);
    await run(join(path, 'bin', 'python'), ['-c', imports], { cwd: '/' });
  });

  it('is used only if that is allowed where somebody else made it', async () => {
    rmSync(join(path, '.flintrock'));
    const interpreter = join(path, 'bin', 'python');
    const trace = join(lab.home, 'ran');
    // What a cloned folder may bring: it runs as soon as the environment's interpreter does.
    const [library = ''] = readdirSync(join(path, 'lib'));
    const hook = join(path, 'lib', library, 'site-packages', 'hook.pth');
    writeFileSync(hook, `import os; open(${JSON.stringify(trace)}, "w").close()\n`);
    const { flintrock, host } = lab.open();
    await expect(flintrock.pythonEnv('demo', { folder: project })).rejects.toMatchObject({
      code: 'PYTHON_ENVIRONMENT_UNFIT',
    });
    expect(host.questions.map(({ code }) => code)).toEqual(['pythonEnv.useExisting']);
    await expect(
      flintrock.pythonEnv('demo', { folder: project, useExisting: false }),
    ).rejects.toMatchObject({ code: 'PYTHON_ENVIRONMENT_UNFIT' });
    expect(existsSync(trace)).toBe(false);
    const asked = new RecordingHost({ 'pythonEnv.useExisting': true });
    expect(
      await lab.open(asked).flintrock.pythonEnv('demo', { folder: project, check: false }),
    ).toMatchObject({
      created: false,
      python: interpreter,
    });
    // The proof that it could have been seen.
    expect(existsSync(trace)).toBe(true);
  });

  it('is not made over one of another Python, nor over anything else', async () => {
    const other = join(lab.home, 'other');
    mkdirSync(join(other, '.venv'), { recursive: true });
    const refused = lab.open().flintrock.pythonEnv('demo', { folder: other });
    await expect(refused).rejects.toMatchObject({ code: 'PYTHON_ENVIRONMENT_UNFIT' });
    const minor = python.split('.').slice(0, 2).join('.');
    const another = minor === '3.12' ? '3.13' : '3.12';
    writeFileSync(join(other, '.venv', 'pyvenv.cfg'), `version = ${another}.1\n`);
    const action = { option: 'launch.python-version', value: another };
    await expect(lab.open().flintrock.pythonEnv('demo', { folder: other })).rejects.toMatchObject({
      message: `${join(other, '.venv')} has Python ${another}.1, but cluster "demo" uses Python ${minor}.`,
      remedies: expect.arrayContaining([expect.objectContaining({ action })]) as object,
    });
    expect(readdirSync(join(other, '.venv'))).toEqual(['pyvenv.cfg']);
  });
});

describe('a cluster whose Python this machine has not', () => {
  const lab = new LocalLab();
  afterAll(() => lab.close());

  it('is an error before anything is made, which says how to get it', async () => {
    // It says that it is a Python which nobody has.
    const rare = join(lab.home, 'rare');
    writeFileSync(rare, `#!/bin/sh\necho '${rare}'\necho 3.99.1\n`, { mode: 0o755 });
    const tools = join(lab.home, 'tools');
    mkdirSync(tools);
    for (const name of ['uv', 'pyenv']) writeFileSync(join(tools, name), '', { mode: 0o755 });
    const surroundings = {
      env: { ...lab.env, PYSPARK_PYTHON: rare, PATH: `${tools}:${lab.env['PATH'] ?? ''}` },
      home: lab.home,
      cwd: lab.home,
    };
    const host = new RecordingHost();
    const flintrock = new Flintrock({ host, surroundings });
    const values = { provider: 'local', numWorkers: 1, localWorkerMemory: 1024 } as const;
    await flintrock.launch('rare', { values });
    const before = readdirSync(lab.home);
    const error: unknown = await flintrock.pythonEnv('rare').catch((thrown: unknown) => thrown);
    if (!isClusterError(error, 'PYTHON_NOT_FOUND')) throw error;
    expect(error.message).toContain('uses Python 3.99, but this machine has no Python 3.99');
    expect(error.remedies.slice(0, 2).map(({ action }) => action)).toEqual([
      { program: ['uv', 'python', 'install', '3.99'] },
      { program: ['pyenv', 'install', '3.99'] },
    ]);
    expect(readdirSync(lab.home)).toEqual(before);
    expect(host.of('step.started').filter(({ subject }) => subject?.kind !== 'unpack')).toEqual([]);
  });
});
