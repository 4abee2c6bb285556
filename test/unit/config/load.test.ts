import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../../src/config/load.ts';
import { formatProblem } from '../../../src/config/problem.ts';
import { isClusterError } from '../../../src/model/errors.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/config');

/** The problems of a text, as a user sees them. */
function problemsOf(text: string): string {
  return parseConfig(text, 'config.yaml').problems.map(formatProblem).join('\n');
}

function valuesOf(text: string): Record<string, unknown> {
  const { values, problems } = parseConfig(text, 'config.yaml');
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return { ...values };
}

describe('files of the Python tool', () => {
  it('reads its template without a word', () => {
    const { values, problems } = loadConfig(join(fixtures, 'flintrock-template.yaml'));
    expect(problems).toEqual([]);
    expect(values).toEqual({
      sparkVersion: '3.5.0',
      hdfsVersion: '3.3.6',
      provider: 'ec2',
      ec2KeyName: 'key_name',
      ec2IdentityFile: '/path/to/key.pem',
      ec2InstanceType: 'm5.large',
      ec2Region: 'us-east-1',
      ec2Ami: 'ami-0588935a949f9ff17',
      ec2User: 'ec2-user',
      ec2Tenancy: 'default',
      ec2EbsOptimized: false,
      ec2InstanceInitiatedShutdownBehavior: 'terminate',
      numWorkers: 1,
      debug: false,
    });
  });

  it('reads every key with its meaning', () => {
    const { values, problems } = loadConfig(join(fixtures, 'everything.yaml'));
    expect(problems).toEqual([]);
    expect(values).toEqual({
      sparkVersion: '3.10',
      sparkDownloadSource: 's3://some-bucket/spark/{v}/',
      sparkExecutorInstances: 2,
      sparkGitRepository: 'git@github.com:apache/spark.git',
      hdfsVersion: '3.4.1',
      hdfsDownloadSource: 'https://www.example.com/hadoop-{v}.tar.gz',
      provider: 'ec2',
      ec2KeyName: 'my key',
      ec2IdentityFile: '~/.ssh/key.pem',
      ec2InstanceType: 'm5.xlarge',
      ec2Region: 'eu-west-1',
      ec2AvailabilityZone: ['eu-west-1b'],
      ec2Ami: 'ami-0588935a949f9ff17',
      ec2User: 'ubuntu',
      ec2SecurityGroups: ['group-name1', 'group name 2'],
      ec2SpotPrice: 0.05,
      ec2SpotRequestDuration: '3d',
      ec2MinRootEbsSizeGb: 64,
      ec2VpcId: 'vpc-12',
      ec2SubnetId: ['subnet-12'],
      ec2InstanceProfileName: 'Spark_S3',
      ec2PlacementGroup: 'close',
      ec2Tenancy: 'dedicated',
      ec2EbsOptimized: true,
      ec2InstanceInitiatedShutdownBehavior: 'stop',
      ec2UserData: 'setup.sh',
      ec2Tags: { 'key 1': 'value1', key2: 'value2', key3: '' },
      ec2AuthorizeAccessFrom: ['10.0.0.42/32', 'sg-xyz4654564xyz', '2001:db8::/32'],
      numWorkers: 10,
      javaVersion: 17,
      installHdfs: true,
      installSpark: true,
      assumeYes: false,
      debug: true,
    });
  });

  it('reads the early shape', () => {
    const { values, problems, sections } = loadConfig(join(fixtures, 'early-config.yaml'));
    expect(problems).toEqual([]);
    expect(values).toEqual({
      provider: 'ec2',
      numWorkers: 1,
      ec2KeyName: 'key_name',
      ec2IdentityFile: '/path/to/.ssh/key.pem',
      ec2InstanceType: 'm3.medium',
      ec2Region: 'us-east-1',
      ec2Ami: 'ami-146e2a7c',
    });
    expect(sections.ec2).toEqual({ line: 6, column: 1, key: 'ec2' });
  });

  it('lays launch, providers and services over each other', () => {
    const text = [
      'services: {spark: {version: 3.5.1}}',
      'launch: {spark-version: 3.5.0, spark_executor_instances: 3, ec2-region: eu-west-1, ec2-security-group: [a]}',
      'providers: {ec2: {region: us-west-2}}',
    ].join('\n');
    expect(valuesOf(text)).toEqual({
      sparkVersion: '3.5.1',
      sparkExecutorInstances: 3,
      ec2Region: 'us-west-2',
      ec2SecurityGroups: ['a'],
    });
    expect(problemsOf(text)).toMatchInlineSnapshot(`
      "config.yaml:2:10: warning: launch.spark-version: Line 1 sets the same option (services.spark.version); that one is used.
        Remove one of them.
      config.yaml:3:19: warning: providers.ec2.region: Line 2 sets the same option (launch.ec2-region); this one is used.
        Remove one of them."
    `);
  });
});

describe('YAML as PyYAML reads it', () => {
  it.each([
    ['no', false],
    ['No', false],
    ['NO', false],
    ['off', false],
    ['FALSE', false],
    ['yes', true],
    ['Yes', true],
    ['on', true],
    ['True', true],
    ['"true"', true],
    ["'1'", true],
    ['y', true],
    ['0', false],
  ])('install-hdfs: %s', (written, value) => {
    expect(valuesOf(`launch:\n  install-hdfs: ${written}\n`)).toEqual({ installHdfs: value });
  });

  it.each([
    ['3', 3],
    ['010', 8],
    ['0x1F', 31],
    ['0b11', 3],
    ['1_000', 1000],
    ['1:30', 90],
    ['+4', 4],
    ['"2"', 2],
    ["' 5 '", 5],
    ['08', 8],
  ])('num-slaves: %s', (written, value) => {
    expect(valuesOf(`launch:\n  num-slaves: ${written}\n`)).toEqual({ numWorkers: value });
  });

  it.each([
    ['3.10', '3.10'],
    ['3.5', '3.5'],
    ['4', '4'],
    ['"4.1.4"', '4.1.4'],
    ['4.2.0-preview1', '4.2.0-preview1'],
    ['0x10', undefined],
  ])('version: %s', (written, value) => {
    const { values } = parseConfig(`services:\n  spark:\n    version: ${written}\n`, 'f');
    expect(values.sparkVersion).toBe(value);
  });

  it('takes in merged sections, own keys first', () => {
    expect(
      valuesOf(
        'x-base: &b {region: eu-west-1, user: me}\nproviders:\n  ec2:\n    <<: *b\n    region: us-west-2\n',
      ),
    ).toEqual({ ec2User: 'me', ec2Region: 'us-west-2' });
    expect(valuesOf('x-base: &b {user: me}\nec2: *b\n')).toEqual({ ec2User: 'me' });
    expect(
      valuesOf('x-a: &a {user: a}\nx-b: &b {user: b, region: eu-west-1}\nec2: {<<: [*a, *b]}\n'),
    ).toEqual({
      ec2User: 'a',
      ec2Region: 'eu-west-1',
    });
  });

  it('lets the last of two same keys count, and says so', () => {
    expect(valuesOf('launch:\n  num-slaves: 1\n  num-slaves: 2\n')).toEqual({ numWorkers: 2 });
    expect(
      valuesOf('launch: {num-slaves: 1, java-version: 17}\nlaunch: {num-slaves: 2}\n'),
    ).toEqual({ numWorkers: 2 });
    expect(problemsOf('launch:\n  num-slaves: 1\n  num-slaves: 2\n')).toMatchInlineSnapshot(`
      "config.yaml:3:3: warning: Duplicate key "num-slaves": it is also on line 2; the last one is used.
        Remove one of them."
    `);
    expect(problemsOf('launch:\n  num-slaves: 1\n  num_slaves: 2\n')).toContain('this one is used');
  });

  it.each([
    ['nothing', ''],
    ['comments only', '# a\n\n# b\n'],
    ['a document mark only', '---\n'],
    ['null', '~\n'],
    [
      'empty sections',
      'launch:\nservices:\n  spark:\n  hdfs: ~\nproviders:\n  ec2:\n    tags:\n    user-data:\n    key-name: ""\n',
    ],
  ])('takes %s for nothing said', (_, text) => {
    const { values, problems, sections } = parseConfig(text, 'f');
    expect({ values, problems }).toEqual({ values: {}, problems: [] });
    // Neither does an EC2 section with nothing set make a launch on EC2 … but keys without a value show that one is meant.
    expect(Object.keys(sections)).toEqual(text.includes('tags') ? ['ec2'] : []);
  });

  it('reads CRLF, a byte order mark, and no newline at the end', () => {
    const { values, positions } = parseConfig(
      '\uFEFFlaunch:\r\n  num-slaves: 2\r\ndebug: yes',
      'f',
    );
    expect(values).toEqual({ numWorkers: 2, debug: true });
    expect(positions.numWorkers).toEqual({ line: 2, column: 3, key: 'launch.num-slaves' });
    expect(parseConfig('\uFEFFdebug: maybe', 'f').problems[0]).toMatchObject({
      line: 1,
      column: 8,
    });
  });

  it('survives an alias of itself', () => {
    expect(problemsOf('launch: &l\n  num-slaves: 2\n  again: *l\n')).toContain(
      'Unknown key "again"',
    );
    expect(problemsOf('launch: &l\n  <<: *l\n  num-slaves: x\n')).toContain(
      '"x" is not a whole number',
    );
  });

  it('survives long and strange keys', () => {
    const long = 'k'.repeat(900);
    expect(
      problemsOf(`1: 2\ntrue: 3\n~: 4\n日本: 5\n${long}: 6\n`)
        .split('\n')
        .filter((line) => line.includes('warning')),
    ).toHaveLength(5);
  });
});

describe('what is wrong in a file', () => {
  it('is said all at once, each with its place and what would be right', () => {
    const text = [
      'provder: local',
      'provider: ec22',
      'launch:',
      '  num-slaves: two',
      '\tinstall-hdfs: maybe',
      '  num_slave: 3',
      '  java-version: 3',
      '  install-mesos: yes',
      'services:',
      '  spark: 3.5.0',
      '  hdfs:',
      '    version: latest',
      '    download-source: www.example.com',
      'ec2:',
      '  tenancy: dedicate',
      '  ebs-optimized: perhaps',
      '  spot-price: 0',
      '  tags: [a, " k 1 , v ", ",x", "a,b,c"]',
      '  authorize-access-from: [10.0.0.42/8, foo, "::1", 1.2.3.4/33]',
      '  min-root-ebs-size-gb: [1]',
      '  color: blue',
      '  num-slaves: 3',
      '  region: useast1',
      'local:',
      '  worker-memory: 1.5g',
      '  master-port: 80',
    ].join('\n');
    expect(problemsOf(text)).toMatchInlineSnapshot(`
      "config.yaml:1:1: error: Unknown key "provder" at the top of the file.
        Did you mean "provider"?
      config.yaml:2:11: error: provider: "ec22" is not a valid value.
        Did you mean "ec2"? Use one of: local, ec2.
      config.yaml:4:15: error: launch.num-slaves: "two" is not a whole number.
        Use a whole number from 1 to 5000.
      config.yaml:5:1: error: The indentation contains a tab.
        YAML allows only spaces here; replace the tab.
      config.yaml:5:16: error: launch.install-hdfs: "maybe" is neither "yes" nor "no".
        Use yes or no.
      config.yaml:6:3: error: Unknown key "num_slave" in launch.
        Did you mean "num-slaves"?
      config.yaml:7:17: error: launch.java-version: 3 is too small.
        Use a whole number from 8 to 99.
      config.yaml:8:3: error: launch.install-mesos: Spark 4.0 removed support for Mesos.
        Remove it: Flintrock launches Spark standalone clusters.
      config.yaml:10:10: error: services.spark: Expected a section, but found a single value.
        Put its keys on the lines below "spark:" and indent them, such as "version: …".
      config.yaml:12:14: error: services.hdfs.version: "latest" is not a version such as 4.1.4.
        Use a version such as 4.1.4.
      config.yaml:13:22: error: services.hdfs.download-source: "www.example.com" is not a URL.
        Use a URL that begins with http://, https://, s3:// or file://.
      config.yaml:15:12: error: ec2.tenancy: "dedicate" is not a valid value.
        Did you mean "dedicated"? Use one of: default, dedicated, host.
      config.yaml:16:18: error: ec2.ebs-optimized: "perhaps" is neither "yes" nor "no".
        Use yes or no.
      config.yaml:17:15: error: ec2.spot-price: 0 is too small.
        Use a number greater than 0, such as 0.05.
      config.yaml:18:10: error: ec2.tags: "a" contains no comma.
        Use key,value such as project,demo.
      config.yaml:18:26: error: ec2.tags: A tag must have a key.
        Use key,value such as project,demo.
      config.yaml:18:32: error: ec2.tags: "a,b,c" contains more than one comma.
        Use key,value such as project,demo.
      config.yaml:19:27: error: ec2.authorize-access-from: "10.0.0.42/8" is an address inside a CIDR block, not the block itself.
        Use 10.0.0.0/8 for the whole block, or 10.0.0.42/32 for the single address.
      config.yaml:19:40: error: ec2.authorize-access-from: "foo" is neither an IP address, a CIDR block nor a security group ID.
        Use an IP address (10.0.0.42), a CIDR block (10.0.0.0/16) or a security group ID (sg-…).
      config.yaml:19:52: error: ec2.authorize-access-from: "1.2.3.4/33" must have a prefix length between 0 and 32 after the slash.
        Use an IP address (10.0.0.42), a CIDR block (10.0.0.0/16) or a security group ID (sg-…).
      config.yaml:20:25: error: ec2.min-root-ebs-size-gb: Expected one value, but found a list.
        Use one value, such as 30.
      config.yaml:21:3: warning: Unknown key "color" in ec2; it is ignored.
      config.yaml:22:3: warning: Unknown key "num-slaves" in ec2; it is ignored.
        Use "launch.num-slaves" instead.
      config.yaml:23:11: error: ec2.region: "useast1" is not a Region such as eu-west-1.
        Use a Region such as eu-west-1.
      config.yaml:25:18: error: local.worker-memory: "1.5g" is not an amount of memory.
        Use a whole number from 512 to 16777216 (MiB), or as in 512m or 2g.
      config.yaml:26:16: error: local.master-port: 80 is too small.
        Use a whole number from 1024 to 65535."
    `);
  });

  it('gives a fault of the YAML its place, and what can be known before it', () => {
    expect(problemsOf('lunch: {}\nlaunch:\n  num-slaves: 0\nservices:\n  spark: {version: 4\n'))
      .toMatchInlineSnapshot(`
        "config.yaml:1:1: error: Unknown key "lunch" at the top of the file.
          Did you mean "launch"?
        config.yaml:3:15: error: launch.num-slaves: 0 is too small.
          Use a whole number from 1 to 5000.
        config.yaml:6:1: error: Unclosed bracket.
          Close "{" with "}" and "[" with "]", and indent the lines between them."
      `);
    expect(problemsOf('launch:\n  num-slaves: 1\n   java-version: 17\n')).toMatchInlineSnapshot(`
      "config.yaml:2:15: error: Unexpected key inside a value: the line has two colons, or the next line is indented too far.
        Put quotes around a value with ": " in it. Indent the keys of a section by the same number of spaces, more than the section’s own key."
    `);
    expect(problemsOf('ec2:\n  key-name: @me\n')).toMatchInlineSnapshot(`
      "config.yaml:2:13: error: A value can’t begin with this character.
        Put quotes around the value if it is text."
    `);
    expect(problemsOf('ec2:\n  key-name: *me\n')).toMatchInlineSnapshot(`
      "config.yaml:2:13: error: The alias "*me" has no anchor.
        Put "&me" before the value to repeat, or put quotes around the alias if it is text."
    `);
    expect(problemsOf('ec2:\n  key-name: a: b\n')).toMatchInlineSnapshot(`
      "config.yaml:2:13: error: Unexpected key inside a value: the line has two colons, or the next line is indented too far.
        Put quotes around a value with ": " in it. Indent the keys of a section by the same number of spaces, more than the section’s own key."
    `);
    expect(problemsOf('debug: no\n---\ndebug: yes\n')).toMatchInlineSnapshot(`
      "config.yaml:2:1: error: The file contains a second document.
        A configuration is one document; remove the "---"."
    `);
    expect(problemsOf('- debug\n')).toMatchInlineSnapshot(`
      "config.yaml:1:1: error: The file contains a list instead of sections.
        Use the sections "launch:", "services:" and "providers:" with their keys below them."
    `);
    expect(problemsOf('debug\n')).toMatchInlineSnapshot(`
      "config.yaml:1:1: error: The file contains a single value instead of sections.
        Use the sections "launch:", "services:" and "providers:" with their keys below them."
    `);
    expect(problemsOf('debug: \u0007no\n')).toMatchInlineSnapshot(`
      "config.yaml:1:8: error: The character U+0007 is not allowed in YAML.
        Remove it, or write it as an escape sequence inside double quotes."
    `);
    expect(problemsOf('launch: !!set {a}\n')).toMatchInlineSnapshot(`
      "config.yaml:1:15: error: The tag "!!set" is not supported here.
        Remove the tag.
      config.yaml:1:16: warning: Unknown key "a" in launch; it is ignored."
    `);
    expect(problemsOf('launch: {<<: 3}\n')).toMatchInlineSnapshot(`
      "config.yaml:1:10: error: "<<" can merge only a section.
        Use "<<: *name" with a section that has the anchor "&name"."
    `);
  });

  it.each([
    ['in the indentation', 'launch:\n\tnum-slaves: 2\n', 2, 1],
    ['behind spaces', 'launch:\n  \tnum-slaves: 2\n', 2, 3],
    ['behind a colon', 'launch:\n  num-slaves:\t2\n', 2, 14],
    ['before a comment', 'launch:\n  num-slaves: 2\t# two\n', 2, 16],
    ['at the end of a line', 'launch:\n  num-slaves: 2\t\n', 2, 16],
    ['in a list', 'ec2:\n  security-groups:\n    -\ta\n', 3, 6],
  ])('a tab %s', (_, text, line, column) => {
    expect(parseConfig(text, 'f').problems).toMatchObject([
      { severity: 'error', line, column, message: expect.stringContaining('tab') as string },
    ]);
  });

  it.each([
    ['in quotes', 'ec2: {key-name: "a\tb"}\n'],
    ['in a comment', 'debug: no #\tloud\n# \tx\n'],
    ['in block text', 'x-note: |\n  a\tb\n'],
  ])('no tab %s', (_, text) => {
    expect(parseConfig(text, 'f').problems).toEqual([]);
  });

  it('finds the other mistakes of a file with tabs, at their own columns', () => {
    const { problems } = parseConfig('launch:\n\tnum-slaves: x\n\tinstall-hdf: yes\n', 'f');
    expect(problems.map(({ line, column, message }) => [line, column, message])).toEqual([
      [2, 1, 'The indentation contains a tab.'],
      [2, 14, 'launch.num-slaves: "x" is not a whole number.'],
      [3, 1, 'The indentation contains a tab.'],
      [3, 2, 'Unknown key "install-hdf" in launch.'],
    ]);
  });

  it.each([
    ['launch', 'num-slave', 'num-slaves'],
    ['launch', 'num_slavse', 'num-slaves'],
    ['launch', 'Num-Slaves', 'num-slaves'],
    ['ec2', 'amis', 'ami'],
    ['ec2', 'regoin', 'region'],
    ['local', 'worker-core', 'worker-cores'],
  ])('%s: %s is taken for a mistyped key', (section, written, meant) => {
    expect(parseConfig(`${section}:\n  ${written}: 1\n`, 'f').problems).toMatchObject([
      {
        severity: 'error',
        line: 2,
        column: 3,
        key: `${section}.${written}`,
        hint: `Did you mean "${meant}"?`,
      },
    ]);
  });

  it.each([
    ['ec2', 'abc'],
    ['ec2', 'color'],
    ['launch', 'n'],
    ['local', 'something-else'],
  ])('%s: %s is a stray, and ignored', (section, written) => {
    expect(parseConfig(`${section}:\n  ${written}: 1\n`, 'f').problems).toMatchObject([
      { severity: 'warning' },
    ]);
  });

  it('never prints a password', () => {
    const text =
      'services: {spark: {download-source: "https://me:s3cr3t@host/{version}/"}, hdfs: {download-source: "ftp://me:s3cr3t@host/"}}\n';
    expect(problemsOf(text)).toContain('***@host');
    expect(problemsOf(text)).not.toContain('s3cr3t');
  });
});

describe('loadConfig', () => {
  const folder = temporaryFolder('config');
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('throws for a file that isn’t there, and for a folder', () => {
    const errorOf = (run: () => unknown): unknown => {
      try {
        return run();
      } catch (error) {
        return error;
      }
    };
    expect(
      isClusterError(
        errorOf(() => loadConfig(join(folder, 'none.yaml'))),
        'CONFIG_NOT_FOUND',
      ),
    ).toBe(true);
    expect(
      isClusterError(
        errorOf(() => loadConfig(tmpdir())),
        'CONFIG_INVALID',
      ),
    ).toBe(true);
  });

  it('says it of a file that isn’t UTF-8', () => {
    const file = join(temporaryFolder('config'), 'latin1.yaml');
    writeFileSync(file, Buffer.from('ec2: {key-name: caf\xe9}\n', 'latin1'));
    expect(loadConfig(file).problems).toMatchObject([
      { line: 1, column: 1, message: 'The file is not UTF-8 text.' },
    ]);
  });
});
