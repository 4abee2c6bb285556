import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PartialValues } from '../../src/config/options/options.ts';
import type { Plan } from '../../src/index.ts';
import { findJavas } from '../../src/providers/local/software/find-java.mjs';
import { runClient } from '../helpers/client-process.ts';
import { type FileServer, serve } from '../helpers/file-server.ts';
import { LocalLab } from '../helpers/local-lab.ts';

const lab = new LocalLab();
const memory = Math.floor(totalmem() / 1024 / 1024);
let server: FileServer | undefined;
let listener: Server | undefined;

beforeEach(() => {
  lab.env['SPARK_HOME'] = '';
});
afterEach(async () => {
  await server?.close();
  listener?.close();
  server = undefined;
  // Whatever was planned: nothing was made.
  expect(existsSync(lab.state)).toBe(false);
});
afterAll(() => lab.close());

function plan(values: PartialValues = {}, name = 'planned'): Promise<Plan> {
  return lab.open().flintrock.plan(name, {
    values: { provider: 'local', numWorkers: 1, localWorkerMemory: 512, ...values },
  });
}

/** Severity and code of each problem. */
function kinds({ problems }: Plan): string[] {
  return problems.map(({ severity, code }) => `${severity} ${code}`);
}

/** A folder that looks like an installed Spark. */
function spark(version: string): string {
  const home = join(lab.home, `installed-${version}`);
  mkdirSync(join(home, 'jars'), { recursive: true });
  writeFileSync(join(home, 'jars', `spark-core_2.13-${version}.jar`), '');
  return home;
}

/** A folder that looks like an installed Java, where those of the user are looked for. */
function java(version: string): string {
  const home = join(lab.home, '.jdks', version);
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'bin', 'java'), '#!/bin/sh\n');
  chmodSync(join(home, 'bin', 'java'), 0o755);
  writeFileSync(join(home, 'release'), `JAVA_VERSION="${version}"\n`);
  return home;
}

it('tells what would be made, and of what', async () => {
  const cores = availableParallelism();
  const planned = await plan({ numWorkers: 1, localWorkerCores: cores });
  expect(planned).toMatchObject({
    ok: true,
    cluster: 'planned',
    provider: 'local',
    price: null,
    problems: [],
    nodes: [
      { role: 'master', count: 1, cores: null, memoryMiB: null, type: 'process' },
      {
        role: 'worker',
        count: 1,
        cores,
        memoryMiB: 512,
        type: 'process',
        offer: {
          cores,
          memoryMiB: 512,
          executors: { perWorker: 1, cores, memoryMiB: 512 },
          scratch: [{ kind: 'folder', path: join(lab.state, 'local', 'planned', 'nodes') }],
        },
      },
    ],
  });
  expect(planned.software.map(({ name }) => name)).toEqual(['spark', 'java', 'python']);
  expect(planned.changes).toHaveLength(1);
});

describe('names', () => {
  it.each(['', '.hidden', '../up', 'a/b', 'two words', 'ä', 'x'.repeat(64), '-rf'])(
    'refuses %j',
    async (name) => {
      await expect(plan({}, name)).rejects.toMatchObject({ code: 'CLUSTER_NAME_INVALID' });
      await expect(lab.open().flintrock.launch(name)).rejects.toMatchObject({
        code: 'CLUSTER_NAME_INVALID',
      });
    },
  );

  it('tells of a bad name and of a bad option together', async () => {
    await expect(plan({ numWorkers: 0 }, 'a b')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/"a b"[^]*num-?workers/i) as string,
    });
  });
});

it('needs credentials for a cluster on EC2, and says how else to launch', async () => {
  const values = {
    provider: 'ec2',
    numWorkers: 1,
    ec2KeyName: 'key',
    ec2IdentityFile: join(lab.home, 'key.pem'),
  };
  writeFileSync(values.ec2IdentityFile, '', { mode: 0o600 });
  await expect(
    lab.open().flintrock.plan('planned', { values: values as PartialValues }),
  ).rejects.toMatchObject({
    code: 'AWS_CREDENTIALS_MISSING',
    remedies: expect.arrayContaining([
      expect.objectContaining({ action: { option: 'provider', value: 'local' } }),
    ]) as unknown[],
  });
});

describe('the machine', () => {
  it('refuses workers of more than 80% of its memory, and takes those below', async () => {
    const tooMuch = await plan({ numWorkers: 2, localWorkerMemory: Math.ceil(memory * 0.41) });
    expect(tooMuch).toMatchObject({ ok: false, changes: [] });
    expect(kinds(tooMuch)).toContain('error MACHINE_FULL');
    expect(kinds(await plan({ localWorkerMemory: Math.floor(memory * 0.79) }))).toEqual([]);
  });

  it('lets cores be shared, with a warning', async () => {
    const planned = await plan({ localWorkerCores: availableParallelism() + 1 });
    expect(planned.ok).toBe(true);
    expect(kinds(planned)).toEqual(['warning MACHINE_FULL']);
  });

  it('refuses a port that is taken, naming the option', async () => {
    listener = createServer();
    await new Promise<void>((resolve) => listener?.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    const master = await plan({ localMasterPort: port });
    expect(master.problems).toEqual([
      expect.objectContaining({
        severity: 'error',
        code: 'PORT_TAKEN',
        key: 'providers.local.master-port',
        message: expect.stringContaining(String(port)) as string,
      }),
    ]);
    const ui = await plan({ localMasterUiPort: port });
    expect(ui.problems.map(({ code, key }) => [code, key])).toEqual([
      ['PORT_TAKEN', 'providers.local.master-ui-port'],
    ]);
  });

  it('refuses one port for two things', async () => {
    await expect(
      plan({ localMasterPort: 45_678, localMasterUiPort: 45_678 }),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/master-ui-port|master-port/) as string,
    });
  });

  it('refuses a download that the disk has no room for', async () => {
    server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 1e16 }).end();
    });
    lab.env['FLINTROCK_APACHE_MIRRORS'] = server.url;
    const planned = await plan({ sparkVersion: '4.0.99' });
    delete lab.env['FLINTROCK_APACHE_MIRRORS'];
    expect(kinds(planned)).toEqual(['warning PLAN_REFUSED', 'error DISK_FULL']);
    expect(planned.software[0]).toMatchObject({ fetchBytes: 1e16 });
  });
});

describe('Python', () => {
  /** An interpreter as pyenv has it, whose version stands in its path. */
  function python(version: string): string {
    const program = join(lab.home, '.pyenv', 'versions', version, 'bin', 'python');
    mkdirSync(join(program, '..'), { recursive: true });
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
    return program;
  }
  const planned = async (
    values: PartialValues,
    followEnvironment: boolean | string = false,
  ): Promise<Plan> =>
    lab.open().flintrock.plan('planned', {
      values: { provider: 'local', numWorkers: 1, localWorkerMemory: 512, ...values },
      followEnvironment,
    });
  const pythonOf = ({ software }: Plan) => software.find(({ name }) => name === 'python');
  beforeEach(() => {
    lab.env['PYENV_ROOT'] = join(lab.home, '.pyenv');
    delete lab.env['VIRTUAL_ENV'];
  });

  it('is one of the version that was asked for', async () => {
    // A system may have one of that version itself.
    const program = python('3.14.99');
    const found = pythonOf(await planned({ pythonVersion: '3.14' }));
    expect(found?.version).toMatch(/^3\.14\./);
    if (found?.version === '3.14.99') expect(found.source).toBe(program);
  });

  it('gets packages, of a requirements file too, unless there is no Python or no such file', async () => {
    writeFileSync(join(lab.home, 'ours.txt'), 'pytz<2000\nsix\n');
    const packages = { pythonPackages: ['pytz>=2020'], pythonRequirements: 'ours.txt' };
    const { software } = await planned(packages);
    expect(software.find(({ name }) => name === 'python-packages')?.source).toBe('six, pytz>=2020');
    await expect(planned({ pythonRequirements: 'none.txt' })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    writeFileSync(join(lab.home, 'ours.txt'), 'six\n--index-url https://example.com\n');
    await expect(planned(packages)).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: expect.stringContaining('ours.txt, line 2') as string,
    });
    const { PATH: path = '' } = lab.env;
    lab.env['PATH'] = join(lab.home, 'none');
    const lacking = await planned({ pythonPackages: ['six'] });
    lab.env['PATH'] = path;
    expect(kinds(lacking)).toContain('error PYTHON_NOT_FOUND');
  });

  it('is refused if it is not there, or Spark does not support it', async () => {
    const missing = await planned({ sparkVersion: '4.1.4', pythonVersion: '3.9' });
    expect(kinds(missing)).toEqual(['error PYTHON_NOT_FOUND']);
    expect(missing.problems[0]?.message).toContain('supports Python 3.10 to 3.14, but 3.9');
    lab.env['PATH'] = `${join(lab.home, 'none')}:/usr/bin:/bin`;
    lab.env['PYENV_ROOT'] = join(lab.home, 'none');
    const absent = ['3.13', '3.12', '3.10'].map((minor) => planned({ pythonVersion: minor }));
    const messages = (await Promise.all(absent)).flatMap(({ problems }) =>
      problems.map(({ message }) => message),
    );
    lab.env['PATH'] = process.env['PATH'] ?? '';
    // No system has all of them by itself.
    expect(messages.join()).toMatch(/Python 3\.\d+ is configured, but this machine has no Python/);
  });

  it('follows the environment of the folder only where that is allowed, and says so', async () => {
    const program = python('3.13.98');
    mkdirSync(join(lab.home, '.venv', 'bin'), { recursive: true });
    writeFileSync(join(lab.home, '.venv', 'pyvenv.cfg'), 'version = 3.13.98\n');
    const followed = pythonOf(await planned({}, true));
    expect(followed?.version).toMatch(/^3\.13\./);
    expect(followed).toMatchObject({ chosenBy: '.venv' });
    if (followed?.version === '3.13.98') expect(followed.source).toBe(program);
    expect(pythonOf(await planned({}))).not.toHaveProperty('chosenBy');
    // As an editor names it; of its environment, or by itself.
    const named = await planned({}, join(lab.home, '.venv', 'bin', 'python'));
    expect(pythonOf(named)).toEqual(followed);
    const itself = await planned({}, '/usr/bin/python3');
    expect(pythonOf(itself)).toMatchObject({ chosenBy: '/usr/bin/python3' });
    // What is asked for goes before it; what Spark doesn't support is passed over.
    const asked = pythonOf(await planned({ pythonVersion: '3.14' }, true));
    expect(asked).not.toHaveProperty('chosenBy');
    writeFileSync(join(lab.home, '.venv', 'pyvenv.cfg'), 'version = 3.7.1\n');
    expect(pythonOf(await planned({}, true))).not.toHaveProperty('chosenBy');
  });
});

describe('Java', () => {
  it('is the one that was asked for, if it fits', async () => {
    const home = java('21.0.4');
    const software = (await plan({ javaVersion: 21 })).software.find(({ name }) => name === 'java');
    expect(software).toMatchObject({ version: '21.0.4', source: home });
  });

  it('is another one, with a warning, if that does not fit or is not there', async () => {
    java('11.0.20');
    for (const javaVersion of [11, 98]) {
      const planned = await plan({ javaVersion });
      expect(planned.ok).toBe(true);
      expect(planned.problems).toEqual([
        expect.objectContaining({ severity: 'warning', code: 'JAVA_NOT_FOUND' }),
      ]);
    }
  });

  // In a mount namespace of its own, this machine's Javas can be hidden from one process without touching them.
  const canHide =
    process.platform === 'linux' && spawnSync('unshare', ['-rm', 'true']).status === 0;
  it.runIf(canHide)('is named with what there is, if none fits', async () => {
    const empty = join(lab.home, 'empty');
    mkdirSync(empty, { recursive: true });
    const hidden = findJavas(process.env, lab.home)
      .map(({ home }) => home)
      .filter((home) => !home.startsWith(lab.home))
      .map((home) => `mount --bind '${empty}' '${home}' && `)
      .join('');
    const made = java('17.0.10');
    const bare = new LocalLab({ JAVA_HOME: made });
    const client = await runClient(
      bare,
      'return flintrock.plan("planned", { values: { provider: "local", numWorkers: 1 } })',
      { wrapper: ['unshare', '-rm', 'sh', '-c', `${hidden}exec "$@"`, 'sh'] },
    );
    const { result } = await client.outcome;
    await bare.close();
    expect((result as Plan).problems).toEqual([
      expect.objectContaining({
        severity: 'error',
        code: 'JAVA_NOT_FOUND',
        message: expect.stringMatching(
          /requires Java 17\.0\.11 to 21, but this machine has 17\.0\.10 \(/,
        ) as string,
        remedies: [{ text: expect.stringMatching(/17/) as string }],
      }),
    ]);
  });
});

describe('Spark', () => {
  it('is refused if it is too old', async () => {
    const planned = await plan({ sparkVersion: '3.4.4', sparkHome: spark('3.4.4') });
    expect(planned.ok).toBe(false);
    expect(planned.problems).toEqual([
      expect.objectContaining({
        severity: 'error',
        key: 'services.spark.version',
        message: 'Spark 3.4.4 is not supported.',
        remedies: [
          expect.objectContaining({ action: { option: 'services.spark.version', value: '3.5.9' } }),
        ],
      }),
    ]);
  });

  it('may be newer than we know, with a warning', async () => {
    const planned = await plan({ sparkHome: spark('4.9.0') });
    expect(planned.ok).toBe(true);
    expect(kinds(planned)).toEqual(['warning PLAN_REFUSED']);
  });

  it('is refused if it is of an unknown major version', async () => {
    const planned = await plan({ sparkHome: spark('5.1.0') });
    expect(planned.problems).toEqual([
      expect.objectContaining({ severity: 'error', message: 'Spark 5.1.0 is not supported.' }),
    ]);
  });

  it.each([
    ['3.5', '3.5.9'],
    ['4.1', '4.1.4'],
    ['4', '4.1.4'],
  ])('%s is no release, and %s is offered instead', async (version, nearest) => {
    server = await serve({});
    lab.env['FLINTROCK_APACHE_MIRRORS'] = server.url;
    const planned = await plan({ sparkVersion: version });
    delete lab.env['FLINTROCK_APACHE_MIRRORS'];
    expect(planned.problems).toEqual([
      expect.objectContaining({
        severity: 'error',
        key: 'services.spark.version',
        message: `Spark ${version} is not a release: its version number is incomplete.`,
        remedies: [
          expect.objectContaining({
            action: { option: 'services.spark.version', value: nearest },
          }),
        ],
      }),
    ]);
  });

  it('is not built from a commit', async () => {
    const planned = await plan({ sparkGitCommit: 'latest' });
    expect(planned.problems).toEqual([
      expect.objectContaining({ severity: 'error', key: 'services.spark.git-commit' }),
    ]);
  });

  it('is not fetched from S3', async () => {
    server = await serve({});
    lab.env['FLINTROCK_APACHE_MIRRORS'] = server.url;
    const planned = await plan({ sparkDownloadSource: 's3://bucket/spark-{v}/' });
    delete lab.env['FLINTROCK_APACHE_MIRRORS'];
    expect(planned.problems).toEqual([
      expect.objectContaining({ severity: 'error', key: 'services.spark.download-source' }),
    ]);
  });

  it('of SPARK_HOME is used unless another version was asked for', async () => {
    const home = spark('4.0.1');
    lab.env['SPARK_HOME'] = home;
    const used = await plan();
    expect(used).toMatchObject({ ok: true, problems: [] });
    expect(used.software[0]).toMatchObject({ version: '4.0.1', source: home, fetchBytes: 0 });
    const ignored = await plan({ sparkVersion: '4.1.4' });
    expect(ignored.ok).toBe(true);
    expect(ignored.problems).toEqual([
      expect.objectContaining({
        severity: 'warning',
        code: 'SPARK_NOT_FOUND',
        message: expect.stringContaining('SPARK_HOME has Spark 4.0.1') as string,
      }),
    ]);
    expect(ignored.software[0]).toMatchObject({ version: '4.1.4' });
    expect((await plan({ sparkVersion: '4.0.1' })).problems).toEqual([]);
  });

  it('that is not in SPARK_HOME is looked for elsewhere, with a warning', async () => {
    lab.env['SPARK_HOME'] = lab.home;
    const planned = await plan();
    expect(planned.ok).toBe(true);
    expect(kinds(planned)).toEqual(['warning SPARK_NOT_FOUND']);
  });

  it('that was asked for by its folder must be in it, in the version that was asked for', async () => {
    const planned = await plan({ sparkHome: lab.home });
    expect(planned.problems).toEqual([
      expect.objectContaining({
        severity: 'error',
        code: 'SPARK_NOT_FOUND',
        key: 'providers.local.spark-home',
      }),
    ]);
    expect(kinds(await plan({ sparkHome: spark('4.0.1'), sparkVersion: '4.1.4' }))).toEqual([
      'error SPARK_NOT_FOUND',
    ]);
  });

  it('of a folder wins over SPARK_HOME', async () => {
    lab.env['SPARK_HOME'] = spark('4.0.1');
    const home = spark('4.1.2');
    const planned = await plan({ sparkHome: home });
    expect(planned.problems).toEqual([]);
    expect(planned.software[0]).toMatchObject({ version: '4.1.2', source: home });
  });
});

describe('Python', () => {
  it('that is too new or too old for Spark is a warning', async () => {
    const program = join(lab.home, 'python2');
    writeFileSync(program, `#!/bin/sh\necho ${program}; echo 2.7.18\n`);
    chmodSync(program, 0o755);
    lab.env['PYSPARK_PYTHON'] = program;
    const planned = await plan();
    delete lab.env['PYSPARK_PYTHON'];
    expect(planned.ok).toBe(true);
    expect(kinds(planned)).toEqual(['warning PYTHON_NOT_FOUND']);
  });
});

it('tells of all problems at once, and a launch names them all', async () => {
  const values: PartialValues = {
    provider: 'local',
    numWorkers: 3,
    localWorkerMemory: memory,
    sparkHome: lab.home,
    sparkGitCommit: 'latest',
    installSpark: false,
    installHdfs: true,
    hdfsVersion: '3.4.2',
  };
  const planned = await lab.open().flintrock.plan('planned', { values });
  const errors = planned.problems.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ code }) => code).sort()).toEqual([
    'MACHINE_FULL',
    'PLAN_REFUSED',
    'PLAN_REFUSED',
    'SPARK_NOT_FOUND',
  ]);
  const { flintrock, host } = lab.open();
  const launching = flintrock.launch('planned', { values });
  await expect(launching).rejects.toMatchObject({ code: 'PLAN_REFUSED', source: 'user' });
  const { message } = (await launching.catch((error: unknown) => error)) as Error;
  for (const error of errors) expect(message).toContain(error.message);
  expect(host.of('plan.ready')).toHaveLength(1);
  expect(host.of('verb.started')).toEqual([]);
});

it('of a launch with one problem gives that problem as the error', async () => {
  await expect(
    lab.open().flintrock.launch('planned', {
      values: { provider: 'local', sparkHome: lab.home },
    }),
  ).rejects.toMatchObject({
    code: 'SPARK_NOT_FOUND',
    remedies: [{ text: expect.any(String) as string }],
    details: { problems: expect.any(Array) as unknown[] },
  });
});

it('that is stopped says so', async () => {
  server = await serve(() => undefined);
  lab.env['FLINTROCK_APACHE_MIRRORS'] = server.url;
  const abort = new AbortController();
  const planning = lab.open().flintrock.plan('planned', {
    values: { provider: 'local', sparkVersion: '4.0.99' },
    signal: abort.signal,
  });
  await expect.poll(() => server?.requests.length).toBeGreaterThan(0);
  abort.abort();
  await expect(planning).rejects.toMatchObject({ code: 'ABORTED', name: 'AbortError' });
  delete lab.env['FLINTROCK_APACHE_MIRRORS'];
});
