import { mkdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configDigest, sensitiveOptions } from '../../../src/config/consent.ts';
import { loadConfig, parseConfig } from '../../../src/config/load.ts';
import { optionNames, options } from '../../../src/config/options/options.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const ec2 = 'providers:\n  ec2:\n';

describe('the trust of options', () => {
  it('is said of each', () => {
    for (const name of optionNames)
      expect(['code', 'access', 'money', 'none'], name).toContain(options[name].trust);
  });

  it('is not none for what runs, sends, admits or costs', () => {
    const kept = optionNames.filter((name) => options[name].trust === 'none');
    expect(kept).toMatchInlineSnapshot(`
      [
        "minWorkers",
        "javaVersion",
        "keepHistory",
        "debug",
        "installSpark",
        "sparkVersion",
        "pythonVersion",
        "sparkExecutorInstances",
        "maxCoresPerJob",
        "installHdfs",
        "installYarn",
        "hdfsVersion",
        "localWorkerCores",
        "localWorkerMemory",
        "localMasterPort",
        "localMasterUiPort",
        "localTags",
        "ec2AvailabilityZone",
        "ec2SpotRequestDuration",
        "ec2PlacementGroup",
        "ec2MetadataTags",
        "ec2CloudInit",
      ]
    `);
  });

  it('is code for what is run, as nobody would think of', () => {
    for (const name of ['sparkHome', 'sparkDownloadSource', 'ec2UserData', 'ec2Ami'] as const)
      expect(options[name].trust).toBe('code');
    for (const name of ['ec2IdentityFile', 'ec2SshProxy', 'ec2AuthorizeAccessFrom'] as const)
      expect(options[name].trust).toBe('access');
  });
});

describe('sensitiveOptions', () => {
  it.each([
    ['a size, here', 'launch:\n  num-slaves: 100\n', 'launch', {}, []],
    [
      'a size, on EC2',
      `launch:\n  num-slaves: 100\n${ec2}    tenancy: default\n`,
      'launch',
      {},
      ['numWorkers', 'ec2Tenancy'],
    ],
    [
      'a size, on EC2 by a flag',
      'launch:\n  num-slaves: 100\n',
      'launch',
      { provider: 'ec2' },
      ['numWorkers'],
    ],
    [
      'a size that is given',
      'launch:\n  num-slaves: 100\n',
      'launch',
      { provider: 'ec2', numWorkers: 2 },
      [],
    ],
    [
      'what only looks costs nothing',
      `launch:\n  num-slaves: 100\n${ec2}    tenancy: host\n`,
      'plan',
      {},
      [],
    ],
    ['the provider', 'provider: ec2\n', 'launch', {}, ['provider']],
    ['a program', 'providers:\n  local:\n    spark-home: ./spark\n', 'launch', {}, ['sparkHome']],
    [
      'a program that the verb doesn’t run',
      'providers:\n  local:\n    spark-home: ./spark\n',
      'describe',
      {},
      [],
    ],
    [
      'somebody’s credentials',
      `${ec2}    profile: work\n    region: us-east-1\n`,
      'describe',
      {},
      ['ec2Profile', 'ec2Region'],
    ],
    [
      'what is of no account here',
      `${ec2}    profile: work\n`,
      'describe',
      { provider: 'local' },
      [],
    ],
    ['a way to nodes', `${ec2}    ssh-proxy: evil.example\n`, 'login', {}, ['ec2SshProxy']],
    [
      'what makes no sense',
      `${ec2}    ssh-proxy: -oProxyCommand=x\n`,
      'login',
      {},
      ['ec2SshProxy'],
    ],
    ['a version', 'services:\n  spark:\n    version: 3.5.6\n', 'launch', {}, []],
  ] as const)('finds in a file %s', (_what, text, verb, given, found) => {
    expect(sensitiveOptions(parseConfig(text, 'f'), verb, given)).toEqual(found);
  });
});

describe('configDigest', () => {
  it('changes with the text, the folder, and the script that it names', () => {
    const make = (text: string, script: string): string => {
      const folder = temporaryFolder('digest');
      const file = join(folder, 'flintrock.yaml');
      writeFileSync(file, text);
      writeFileSync(join(folder, 'setup.sh'), script);
      return file;
    };
    const text = `${ec2}    user-data: setup.sh\n`;
    const file = make(text, 'one');
    const digest = configDigest(loadConfig(file));
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(configDigest(loadConfig(file))).toBe(digest);
    expect(configDigest(loadConfig(make(text, 'one')))).not.toBe(digest);
    writeFileSync(join(file, '..', 'setup.sh'), 'two');
    expect(configDigest(loadConfig(file))).not.toBe(digest);
    writeFileSync(join(file, '..', 'setup.sh'), 'one');
    expect(configDigest(loadConfig(file))).toBe(digest);
    writeFileSync(file, `${text}# changed\n`);
    expect(configDigest(loadConfig(file))).not.toBe(digest);
  });

  it('changes with each wheel that it names, however large it is', () => {
    const folder = temporaryFolder('digest');
    const file = join(folder, 'flintrock.yaml');
    writeFileSync(file, 'launch: {python-wheels: [small.whl, large.whl]}\n');
    writeFileSync(join(folder, 'small.whl'), 'one');
    writeFileSync(join(folder, 'large.whl'), Buffer.alloc(11 * 1024 * 1024));
    const digests = new Set([configDigest(loadConfig(file))]);
    writeFileSync(join(folder, 'small.whl'), 'two');
    digests.add(configDigest(loadConfig(file)));
    writeFileSync(join(folder, 'large.whl'), Buffer.alloc(12 * 1024 * 1024));
    digests.add(configDigest(loadConfig(file)));
    expect(digests.size).toBe(3);
  });

  describe('of a file that names the folder of a Spark', () => {
    const folder = temporaryFolder('digest');
    const spark = join(folder, 'spark');
    const file = join(folder, 'flintrock.yaml');
    const digest = (): string => configDigest(loadConfig(file));
    for (const name of ['bin', 'conf', 'jars', 'python/pyspark'])
      mkdirSync(join(spark, name), { recursive: true });
    const script = join(spark, 'bin/spark-class');
    writeFileSync(script, 'exec java');
    writeFileSync(file, 'providers:\n  local:\n    spark-home: spark\n');

    it('is the same as long as nothing in it changes but what Spark writes itself', () => {
      const before = digest();
      for (const name of ['logs', 'work', 'python/pyspark/__pycache__']) {
        mkdirSync(join(spark, name));
        writeFileSync(join(spark, name, 'written'), 'x');
      }
      expect(digest()).toBe(before);
    });

    it('changes with a program, even one of the same size and time', () => {
      const before = digest();
      const { atime, mtime } = statSync(script);
      writeFileSync(script, 'exec evil');
      utimesSync(script, atime, mtime);
      expect(digest()).not.toBe(before);
    });

    it.each(['jars/new.jar', 'conf/spark-env.sh', 'python/pyspark/new.py'])(
      'changes with what is added: %s',
      (name) => {
        const before = digest();
        writeFileSync(join(spark, name), 'x');
        expect(digest()).not.toBe(before);
        rmSync(join(spark, name));
        expect(digest()).toBe(before);
      },
    );

    it.each([[['loop']], [['loop', 'again', 'more']]])(
      'is never the same for a folder that can’t be looked through: %s',
      (links) => {
        for (const name of links) symlinkSync('.', join(spark, name));
        expect(digest()).not.toBe(digest());
        for (const name of links) rmSync(join(spark, name));
      },
    );
  });
});
