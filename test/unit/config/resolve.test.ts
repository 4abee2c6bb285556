import { describe, expect, it } from 'vitest';
import { checkSettings } from '../../../src/config/check.ts';
import { parseConfig } from '../../../src/config/load.ts';
import type { PartialValues } from '../../../src/config/options/options.ts';
import { formatProblem } from '../../../src/config/problem.ts';
import { assertValid, resolveSettings, type Settings } from '../../../src/config/resolve.ts';
import { isClusterError } from '../../../src/model/errors.ts';
import type { Verb } from '../../../src/model/events.ts';

const home = '/home/me';
const cwd = '/project/here';

function settle(
  text: string | undefined,
  overrides: PartialValues = {},
  verb: Verb = 'launch',
  present: readonly string[] = [],
): Settings {
  return resolveSettings({
    config: text === undefined ? undefined : parseConfig(text, '/conf/config.yaml'),
    overrides,
    verb,
    cwd,
    home,
    exists: (path) => present.includes(path),
  });
}

function problemsOf(settings: Pick<Settings, 'problems'>): string {
  return settings.problems.map(formatProblem).join('\n');
}

describe('the provider', () => {
  it.each([
    ['nothing at all', undefined, {}, 'local', 'no EC2 section'],
    ['a file that says nothing of it', 'launch: {num-slaves: 1}', {}, 'local', 'no EC2 section'],
    ['an empty EC2 section', 'providers: {ec2: }', {}, 'local', 'no EC2 section'],
    [
      'an EC2 section',
      'providers: {ec2: {region: eu-west-1}}',
      {},
      'ec2',
      '/conf/config.yaml has an EC2 section',
    ],
    [
      'an early EC2 section',
      'ec2: {region: eu-west-1}',
      {},
      'ec2',
      '/conf/config.yaml has an EC2 section',
    ],
    [
      'the file’s word',
      'provider: local\nec2: {region: eu-west-1}',
      {},
      'local',
      'provider: local in /conf/config.yaml',
    ],
    ['the flag', 'provider: local', { provider: 'ec2' }, 'ec2', 'as requested'],
  ] as const)('is decided by %s', (_, text, overrides, provider, reason) => {
    const settings = settle(text, overrides, 'describe');
    expect([settings.provider, settings.providerReason]).toEqual([provider, reason]);
    expect(settings.values.provider).toBe(provider);
  });

  it('shows the section of the other one, and refuses its flags', () => {
    const text =
      'providers:\n  local:\n    worker-cores: 2\n  ec2:\n    region: eu-west-1\nlaunch: {num-slaves: 1}\n';
    expect(problemsOf(settle(text))).toMatchInlineSnapshot(`
      "/conf/config.yaml:2:3: warning: providers.local: The section is ignored because the cluster is on EC2 (/conf/config.yaml has an EC2 section).
        For a cluster on this machine set "provider: local"."
    `);
    expect(problemsOf(settle(text, { provider: 'local', ec2Region: 'us-west-2', minWorkers: 1 })))
      .toMatchInlineSnapshot(`
        "error: --min-workers: It applies only to clusters on EC2, but this cluster is on this machine (as requested).
          Remove it, or set provider to ec2.
        error: --ec2-region: It applies only to clusters on EC2, but this cluster is on this machine (as requested).
          Remove it, or set provider to ec2.
        /conf/config.yaml:4:3: warning: providers.ec2: The section is ignored because the cluster is on this machine (as requested).
          For a cluster on EC2 set "provider: ec2"."
      `);
    expect(problemsOf(settle('launch:\n  min-workers: 1\n'))).toMatchInlineSnapshot(
      `"/conf/config.yaml:2:3: warning: launch.min-workers: It is ignored: it applies only to clusters on EC2, but this cluster is on this machine (no EC2 section)."`,
    );
  });
});

describe('values', () => {
  it('are the defaults, under the file, under the flags', () => {
    const settings = settle('launch: {num-slaves: 3, install-hdfs: yes}', { numWorkers: 4 });
    const { values, origin } = settings;
    expect([values.numWorkers, values.installHdfs, values.installSpark]).toEqual([4, true, true]);
    expect([origin.numWorkers, origin.installHdfs, origin.installSpark]).toEqual([
      'flag',
      'file',
      'default',
    ]);
    expect(settings.file).toBe('/conf/config.yaml');
    expect(settle(undefined).values.numWorkers).toBe(2);
    expect(settle(undefined, { numWorkers: undefined }).origin.numWorkers).toBe('default');
  });

  it('have the file’s lists replaced by the flags’, as in the Python tool', () => {
    const { values } = settle('ec2: {tags: ["a,1", "b,2"]}', { ec2Tags: { c: '3' } });
    expect(values.ec2Tags).toEqual({ c: '3' });
  });

  it.each([
    ['~/k.pem', '/home/me/k.pem', []],
    ['"~"', '/home/me', []],
    ['/a/../k.pem', '/a/../k.pem', []],
    ['k.pem', '/conf/k.pem', []],
    ['k.pem', '/conf/k.pem', ['/conf/k.pem', '/project/here/k.pem']],
    ['k.pem', '/project/here/k.pem', ['/project/here/k.pem']],
    ['../k.pem', '/k.pem', []],
    ['~other/k', '/conf/~other/k', []],
  ])('identity-file: %s is %s', (written, path, present) => {
    expect(
      settle(`ec2: {identity-file: ${written}}`, {}, 'launch', present).values.ec2IdentityFile,
    ).toBe(path);
  });

  it('have each path of a list made absolute as one alone', () => {
    const present = ['/conf/a.whl', '/project/here/b.whl'];
    const file = 'launch: {python-wheels: [a.whl, b.whl, ~/c.whl]}';
    expect(settle(file, {}, 'launch', present).values.pythonWheels).toEqual([
      '/conf/a.whl',
      '/project/here/b.whl',
      '/home/me/c.whl',
    ]);
    expect(settle(undefined, { pythonWheels: ['a.whl'] }).values.pythonWheels).toEqual([
      '/project/here/a.whl',
    ]);
  });

  it('start relative paths of flags from the current folder', () => {
    expect(
      settle(undefined, { sparkHome: 'spark' }, 'launch', ['/conf/spark']).values.sparkHome,
    ).toBe('/project/here/spark');
    expect(settle(undefined, { sparkHome: '~/spark' }).values.sparkHome).toBe('/home/me/spark');
  });

  it('have the version put into download sources', () => {
    const { values } = settle(
      'services: {spark: {version: 3.5.10, download-source: "s3://b/{v}/spark-{v}-bin-{hv}.tgz"}, hdfs: {download-source: "https://x/{v}"}}',
    );
    expect(values.sparkDownloadSource).toBe('s3://b/3.5.10/spark-3.5.10-bin-hadoop3.tgz');
    expect(values.hdfsDownloadSource).toBe('https://x/3.3.6');
  });

  it('are checked when they come from a program', () => {
    const wrong = {
      numWorkers: '3',
      sparkVersion: 4.1,
      installHdfs: 'yes',
      localTags: { a: 1 },
      localWorkerCores: 1.5,
      localMasterPort: 0,
      ec2SecurityGroups: 'a',
      nonsense: 1,
      localWorkerMemory: '2g',
    };
    const settings = settle(undefined, wrong as unknown as PartialValues);
    expect(problemsOf(settings)).toMatchInlineSnapshot(`
      "error: --num-workers: Expected a number, but got a string.
        Use a value such as 2.
      error: --spark-version: Expected text, but got a number.
        Use a value such as 4.1.4.
      error: --install-hdfs: Expected true or false, but got a string.
        Use a value such as yes.
      error: --local-tag: Expected an object whose values are texts, but got an object.
        Use a value such as project,demo.
      error: --local-worker-cores: "1.5" is not a whole number.
        Use a whole number from 1 to 1024.
      error: --local-master-port: 0 is too small.
        Use a whole number from 1024 to 65535.
      error: --ec2-security-group: Expected a list of texts, but got a string.
        Use a value such as my-group.
      error: Unknown option "nonsense"."
    `);
    expect(settings.values.localWorkerMemory).toBe(2048);
    expect(settings.values.numWorkers).toBe(2);
  });

  it('has HDFS, and a Hadoop for Java 17, where there is to be YARN', () => {
    const asked = (values: object) =>
      settle(undefined, { provider: 'ec2', numWorkers: 1, installYarn: true, ...values });
    expect(asked({}).values).toMatchObject({ installHdfs: true, hdfsVersion: '3.5.0' });
    expect(asked({ hdfsVersion: '3.6.1' }).values.hdfsVersion).toBe('3.6.1');
    expect(problemsOf(asked({ installHdfs: false }))).toMatchInlineSnapshot(`
      "error: --install-hdfs: It is off, but YARN requires HDFS, for the files and logs of applications.
        Remove it, or don’t install YARN."
    `);
    expect(problemsOf(asked({ provider: 'local' }))).toMatchInlineSnapshot(
      `"warning: --install-yarn: It is ignored: clusters on this machine have no YARN."`,
    );
    expect(asked({ provider: 'local' }).values.installHdfs).toBe(false);
  });

  it('may be in seconds or as in the file, for durations, and volumes or as in the file', () => {
    const asked = (values: object) =>
      settle(undefined, { provider: 'ec2', numWorkers: 1, ...values });
    const volumes = [{ sizeGiB: 500 }, { sizeGiB: 8, type: 'gp2' }] as const;
    const typed = asked({ idleTimeout: 1_800, maxLifetime: 365 * 86_400, ec2Volumes: volumes });
    expect(typed.problems).toEqual([]);
    expect(typed.values).toMatchObject({ idleTimeout: 1_800, maxLifetime: 31_536_000 });
    const written = asked({
      idleTimeout: '30 min',
      maxLifetime: '365 d',
      ec2Volumes: ['size=500', 'size=8,type=gp2'],
    });
    expect(written.values).toEqual(typed.values);
    expect(problemsOf(asked({ idleTimeout: 90.5, maxLifetime: -1, ec2Volumes: [{ sizeGiB: -8 }] })))
      .toMatchInlineSnapshot(`
      "error: --idle-timeout: "90.5 s" is not a duration such as 30 min, 2 h or 1 d.
        Use a duration such as 30 min, 2 h or 1 d.
      error: --max-lifetime: "-1 s" is not a duration such as 30 min, 2 h or 1 d.
        Use a duration such as 30 min, 2 h or 1 d.
      error: --ec2-volume: "size=-8" is not a volume such as size=500 or size=500,type=gp3,iops=6000,throughput=250.
        Use a volume such as size=500 or size=500,type=gp3,iops=6000,throughput=250."
    `);
    expect(problemsOf(asked({ idleTimeout: true, ec2Volumes: [null] }))).toMatchInlineSnapshot(`
      "error: --idle-timeout: Expected a number of seconds, but got a boolean.
        Use a value such as 30 min.
      error: --ec2-volume: Expected a list of volumes, but got a list.
        Use a value such as size=500."
    `);
  });
});

describe('rules between options', () => {
  const ec2 = 'launch:\n  num-slaves: 2\nec2:\n  region: eu-west-1\n';

  it('need a number of workers on EC2, for a launch', () => {
    expect(problemsOf(settle('ec2: {region: eu-west-1}'))).toMatchInlineSnapshot(`
      "/conf/config.yaml:1:1: error: launch.num-slaves: It is required to launch a cluster on EC2.
        Specify --num-workers, or add "num-slaves: 2" to section launch of the file."
    `);
    expect(problemsOf(settle('ec2: {region: eu-west-1}', {}, 'destroy'))).toBe('');
    expect(problemsOf(settle('ec2: {region: eu-west-1}', { numWorkers: 1 }))).toBe('');
    // Its own fault is enough.
    expect(
      problemsOf(settle('ec2: {region: eu-west-1}\nlaunch: {num-slaves: 0}'))
        .split('\n')
        .filter((line) => line.includes('error')),
    ).toHaveLength(1);
  });

  it.each([
    [
      'a version and a commit',
      `${ec2}services:\n  spark:\n    version: 4.1.4\n    git-commit: latest\n`,
    ],
    ['a VPC without a subnet', `${ec2}  vpc-id: vpc-12\n`],
    [
      'more at least than at all',
      ec2.replace('  num-slaves: 2', '  num-slaves: 2\n  min-workers: 3'),
    ],
    ['a zone of another region', `${ec2}  availability-zone: us-east-1a\n`],
    ['spot that falls back on nothing', `${ec2}  spot-fallback: yes\n`],
    ['spot for none, with a price', `${ec2}  spot: none\n  spot-price: 0.1\n`],
    ['spot for the master', `${ec2}  spot-price: 0.1\n`],
    ['a dead option', `${ec2}  spot-request-duration: 3d\n`],
    ['the whole world', `${ec2}  authorize-access-from: [0.0.0.0/0]\n`],
    [
      'a lifetime that is none',
      ec2.replace('launch:', 'launch:\n  idle-timeout: 30\n  max-lifetime: 5 s'),
    ],
    [
      'a short one, and little that counts',
      ec2.replace(
        'launch:',
        'launch:\n  idle-timeout: 1 min\n  install-spark: no\n  install-hdfs: yes',
      ),
    ],
    ['a lifetime on this machine', 'launch: {idle-timeout: 30 min}\n'],
    ['one port twice', 'local: {master-port: 7077, master-ui-port: 7077}\n'],
    ['HDFS on this machine', 'launch: {install-hdfs: yes}\n'],
  ])('see %s', (_, text) => {
    expect(problemsOf(settle(text))).toMatchSnapshot();
  });

  it('see a commit beside the version of a flag, but not beside the default', () => {
    expect(
      problemsOf(settle(undefined, { sparkGitCommit: 'latest', sparkVersion: '4.1.4' })),
    ).toContain('error: --spark-git-commit: It can’t be combined with --spark-version');
    expect(problemsOf(settle(undefined, { sparkGitCommit: 'latest' }))).toBe('');
  });

  it('don’t hold up other verbs', () => {
    expect(settle(`${ec2}  vpc-id: vpc-12\n`, {}, 'destroy').problems).toEqual([]);
  });
});

describe('mistakes in a section that is ignored', () => {
  it('are warnings', () => {
    const text = 'provider: local\nproviders:\n  ec2:\n    regoin: x\n    ami: none\n';
    expect(settle(text).problems.map(({ severity, key }) => [severity, key])).toEqual([
      ['warning', 'providers.ec2.regoin'],
      ['warning', 'providers.ec2.ami'],
      ['warning', 'providers.ec2'],
    ]);
    expect(
      settle(text, { provider: 'ec2' }).problems.filter(({ severity }) => severity === 'error'),
    ).toHaveLength(3);
  });
});

describe('assertValid', () => {
  it('throws all errors in one, and lets warnings pass', () => {
    expect(() => {
      assertValid(settle('ec2: {regoin: x, region: y}'));
    }).toThrowErrorMatchingInlineSnapshot(`
      [ClusterError: The configuration has 3 problems:
      /conf/config.yaml:1:7: error: Unknown key "regoin" in ec2.
        Did you mean "region"?
      /conf/config.yaml:1:26: error: ec2.region: "y" is not a Region such as eu-west-1.
        Use a Region such as eu-west-1.
      /conf/config.yaml:1:1: error: launch.num-slaves: It is required to launch a cluster on EC2.
        Specify --num-workers, or add "num-slaves: 2" to section launch of the file.]
    `);
    try {
      assertValid(settle('ec2: {regoin: x}'));
      expect.unreachable();
    } catch (error) {
      expect(isClusterError(error, 'CONFIG_INVALID')).toBe(true);
      expect((error as { details: { problems: unknown[] } }).details.problems).toHaveLength(2);
    }
    assertValid(settle('color: blue'));
  });
});

describe('checkSettings', () => {
  it('shows what a launch would use, by key, for the provider at hand', () => {
    const settings = settle(
      'launch: {num-slaves: 1}\nlocal: {worker-memory: 2g, tags: ["a b, c"]}',
    );
    expect(checkSettings(settings, { exists: () => true })).toEqual({
      ok: true,
      options: {
        provider: 'local',
        'launch.num-slaves': 1,
        'launch.packages': [],
        'launch.python-packages': [],
        'launch.python-requirements': null,
        'launch.python-package-index': null,
        'launch.python-version': null,
        'launch.python-wheels': [],
        'launch.s3': false,
        'launch.tables': [],
        'launch.java-version': null,
        'launch.assume-yes': false,
        'launch.keep-history': true,
        debug: false,
        'launch.install-spark': true,
        'launch.install-yarn': false,
        'services.spark.warehouse': null,
        'services.spark.version': '4.1.4',
        'services.spark.download-source': null,
        'services.spark.event-log-folder': null,
        'services.spark.executor-instances': null,
        'services.spark.max-cores-per-job': null,
        'services.spark.spark-defaults': {},
        'services.spark.spark-env': {},
        'services.spark.git-commit': null,
        'services.spark.git-repository': null,
        'services.spark.maven-repository': null,
        'launch.install-hdfs': false,
        'services.hdfs.version': '3.3.6',
        'services.hdfs.download-source': null,
        'providers.local.spark-home': null,
        'providers.local.worker-cores': null,
        'providers.local.worker-memory': 2048,
        'providers.local.master-port': null,
        'providers.local.master-ui-port': null,
        'providers.local.tags': { 'a b': 'c' },
      },
      problems: [],
    });
  });

  it('warns of what can’t be had here and now, and is still ok', () => {
    const settings = settle(
      'launch: {num-slaves: 1}\nec2:\n  identity-file: k.pem\n  user-data: /there\n',
    );
    const { ok, problems } = checkSettings(settings, { exists: (path) => path === '/there' });
    expect(ok).toBe(true);
    expect(problemsOf({ problems })).toMatchInlineSnapshot(`
      "/conf/config.yaml:3:3: warning: ec2.identity-file: "/conf/k.pem" was not found on this machine.
        A launch requires it. Relative paths are resolved from the folder of the file, then from the current folder."
    `);
  });

  it('isn’t ok with what a launch refuses, and names the nearest that can be launched', () => {
    const check = (text: string) => {
      const { ok, problems } = checkSettings(settle(text), { exists: () => true });
      return `${ok ? 'ok' : 'not ok'}\n${problemsOf({ problems })}`;
    };
    const ec2 = 'launch: {num-slaves: 1, install-hdfs: yes}\nec2: {region: us-east-1}\n';
    const spark = (version: string) => `${ec2}services: {spark: {version: ${version}}}`;
    expect(
      [
        spark('2.4.0'),
        spark('3.4.4'),
        spark('3.9.1'),
        spark('5.0.0'),
        // Numbers in YAML, and no releases.
        spark('3.5'),
        spark('4.10'),
        spark('4'),
        `${ec2}services: {spark: {git-commit: latest}}`,
        `${ec2}services: {hdfs: {version: 2.8.5}}`,
        `${ec2.replace('yes', 'yes, java-version: 11')}services: {spark: {version: 4.0.1}}`,
        // On this machine another Java is used.
        'launch: {java-version: 11}\nservices: {spark: {version: 4.0.1}}',
        spark('4.1.9'),
      ]
        .map(check)
        .join('\n'),
    ).toMatchInlineSnapshot(`
      "not ok
      /conf/config.yaml:3:20: error: services.spark.version: Spark 2.4.0 is not supported.
        The nearest supported release is 3.5.9.
      not ok
      /conf/config.yaml:3:20: error: services.spark.version: Spark 3.4.4 is not supported.
        The nearest supported release is 3.5.9.
      not ok
      /conf/config.yaml:3:20: error: services.spark.version: Spark 3.9.1 is not supported.
        The nearest supported release is 3.5.9.
      not ok
      /conf/config.yaml:3:20: error: services.spark.version: Spark 5.0.0 is not supported.
        The nearest supported release is 4.3.0.
      not ok
      /conf/config.yaml:3:20: error: services.spark.version: Spark 3.5 is not a release: its version number is incomplete.
        The nearest supported release is 3.5.9.
      not ok
      /conf/config.yaml:3:20: error: services.spark.version: Spark 4.10 is not a release: its version number is incomplete.
        The nearest supported release is 4.3.0.
      not ok
      /conf/config.yaml:3:20: error: services.spark.version: Spark 4 is not a release: its version number is incomplete.
        The nearest supported release is 4.1.4.
      not ok
      /conf/config.yaml:3:20: error: services.spark.git-commit: Spark can’t be built from a commit.
        Set services.spark.version to a release.
      not ok
      /conf/config.yaml:3:19: error: services.hdfs.version: HDFS of Hadoop 2.8.5 is not supported.
        Use Hadoop 3.3.6.
      not ok
      /conf/config.yaml:1:44: error: launch.java-version: Spark 4.0.1 does not run on Java 11.
        Spark 4.0 requires Java 17 to 21.
      ok
      /conf/config.yaml:1:10: warning: launch.java-version: Spark 4.0.1 does not run on Java 11.
        Spark 4.0 requires Java 17 to 21.
      ok
      /conf/config.yaml:3:20: warning: services.spark.version: Spark 4.1.9 is newer than this version of Flintrock supports; it is handled like 4.1.4."
    `);
    expect(check(spark('3.5.0'))).toBe('ok\n');
    const java25 = ec2.replace('yes', 'no, java-version: 25');
    expect(check(`${java25}services: {spark: {version: 4.2.1}}`)).toBe('ok\n');
    expect(check(`${java25}services: {spark: {version: 4.1.4}}`)).toContain('not ok');
    // Nothing of it is installed.
    expect(check(`${spark('2.4.0')}\n`.replace('yes', 'no, install-spark: no'))).toBe('ok\n');
  });

  it('refuses a password in the nodes’ proxy, from a file and from a program, and prints none', () => {
    const proxy = 'http://me:s3cr3t@proxy.example.com:3128';
    for (const settings of [
      settle(`providers: {ec2: {http-proxy: "${proxy}"}}`),
      settle(undefined, { provider: 'ec2', ec2HttpProxy: proxy }),
    ]) {
      const said = problemsOf(settings);
      expect(said).toContain('without a user name and password');
      expect(said).not.toContain('s3cr3t');
      expect(() => assertValid(settings)).toThrow('proxy');
    }
    for (const fine of [
      'http://proxy.example.com:3128',
      'https://10.0.0.1/',
      'http://[fd00::1]:80',
    ])
      expect(problemsOf(settle(undefined, { provider: 'ec2', ec2HttpProxy: fine }))).not.toContain(
        'proxy',
      );
  });

  it('isn’t ok with an error, and prints no passwords', () => {
    const settings = settle('services: {spark: {download-source: "https://me:s3cr3t@host/{v}/"}}', {
      localMasterPort: 1,
    });
    const result = checkSettings(settings, { exists: () => true });
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).not.toContain('s3cr3t');
    expect(result.options['services.spark.download-source']).toBe('https://***@host/4.1.4/');
  });
});
