import { describe, expect, it } from 'vitest';
import { checkSettings } from '../../../src/config/check.ts';
import { sensitiveOptions } from '../../../src/config/consent.ts';
import { editConfig } from '../../../src/config/editing/edit.ts';
import { parseFlag } from '../../../src/config/flags.ts';
import { parseConfig } from '../../../src/config/load.ts';
import type { PartialValues } from '../../../src/config/options/options.ts';
import { resolveSettings, type Settings } from '../../../src/config/resolve.ts';

function settle(text: string, overrides: PartialValues = {}): Settings {
  const config = parseConfig(text, '/conf/flintrock.yaml');
  return resolveSettings({ config, overrides, cwd: '/', home: '/' });
}

const section = (file: string, line: string): string => {
  const [service] = file.startsWith('spark') ? ['spark'] : ['hdfs'];
  return `services:\n  ${service}:\n    ${file}:\n      ${line}\n`;
};

describe('properties in the file', () => {
  it('are kept as written, but for what YAML takes for true or false', () => {
    const { values, problems } = parseConfig(
      section(
        'spark-defaults',
        `spark.a: 64
      spark.b: 4g
      spark.c: yes
      spark.d: 1e3
      spark.e: "a=b c"
      spark.f: ''
      spark.g-h.i_j$K: 0.60`,
      ),
      'f',
    );
    expect(problems).toEqual([]);
    expect(values.sparkDefaults).toEqual({
      'spark.a': '64',
      'spark.b': '4g',
      'spark.c': 'true',
      'spark.d': '1e3',
      'spark.e': 'a=b c',
      'spark.f': '',
      'spark.g-h.i_j$K': '0.60',
    });
  });

  it('may be a list, as flags are', () => {
    const { values } = parseConfig(section('spark-env', '- A=1\n      - "B=x = y"'), 'f');
    expect(values.sparkEnv).toEqual({ A: '1', B: 'x = y' });
  });

  it.each([
    [
      'spark-defaults',
      'sql.shuffle.partitions: 64',
      'is not a Spark property',
      'spark.sql.shuffle',
    ],
    [
      'spark-defaults',
      'sparc.sql.ansi.enabled: true',
      'is not a Spark property',
      '"spark.sql.ansi',
    ],
    ['spark-defaults', 'fs.s3a.endpoint: x', 'is not a Spark property', '"spark.hadoop.fs.s3a.end'],
    ['spark-defaults', 'speed: 9', 'is not a Spark property', 'begin with "spark."'],
    ['spark-defaults', 'spark.master: local', 'is set by the cluster', 'Remove'],
    ['spark-defaults', 'spark.authenticate.secret: x', 'is set by the cluster', 'Remove'],
    ['spark-defaults', 'spark.master.rest.port: 1', 'is set by the cluster', 'Remove'],
    ['spark-defaults', 'spark.executor.defaultJavaOptions: -X', 'is set by', 'extraJavaOptions'],
    ['spark-defaults', 'spark.submit.deployMode: cluster', 'is set by each job', 'Remove'],
    ['spark-defaults', '"spark.a b": 1', 'is not a valid name', 'spark.'],
    ['spark-defaults', 'spark.a: [1, 2]', 'has a list', 'commas'],
    ['spark-defaults', 'spark: {sql: 1}', 'is not a Spark property', 'begin with'],
    ['spark-defaults', 'spark.sql: {a: 1}', 'has a section', 'on one line'],
    ['spark-defaults', 'spark.a:', 'has no value', 'Add a value'],
    ['spark-defaults', 'spark.a: "1\\n2"', 'contains control characters', 'on one line'],
    ['spark-env', '1A: x', 'is not a valid name', 'environment variable'],
    ['spark-env', '"A=B; rm": x', 'is not a valid name', 'environment variable'],
    ['spark-env', 'JAVA_HOME: /jdk', 'is set by the cluster', 'Remove'],
    ['spark-env', 'SPARK_DAEMON_MEMORY: 4g', 'has no effect', 'spark-defaults'],
    ['core-site', 'fs.defaultFS: x', 'is set by the cluster', 'Remove'],
    ['core-site', 'spark.a: x', 'is a Spark property', 'spark-defaults'],
    ['hdfs-site', 'dfs.hosts.exclude: x', 'is set by the cluster', 'Remove'],
    ['hdfs-site', '"dfs.a<b>": x', 'is not a valid name', 'dfs.replication'],
  ])('are refused: %s %s', (file, line, message, hint) => {
    const { problems } = parseConfig(section(file, line), 'f');
    expect(problems).toEqual([
      expect.objectContaining({
        severity: 'error',
        line: 4,
        message: expect.stringContaining(message) as string,
        hint: expect.stringContaining(hint) as string,
      }),
    ]);
  });

  it('are never shown with a secret value', () => {
    const text = section(
      'spark-defaults',
      `spark.hadoop.fs.s3a.secret.key: hunter2
      spark.a: https://me:hunter2@example.com
      spark.b: 64`,
    );
    const shown = JSON.stringify(checkSettings(settle(text), { exists: () => true }));
    expect(shown).toContain('"spark.b":"64"');
    expect(shown).not.toContain('hunter2');
    const wrong = parseConfig(section('spark-env', 'A_PASSWORD: "hunter2\\n"'), 'f').problems;
    const flag = parseFlag('sparkDefaults', ['my.password=hunter2'], '--spark-conf').problem;
    expect(JSON.stringify([wrong, flag])).toContain('my.password');
    expect(JSON.stringify([wrong, flag])).not.toContain('hunter2');
  });
});

describe('properties of flags', () => {
  it('have a name and a value, which may contain "="', () => {
    expect(parseFlag('sparkDefaults', ['spark.a=1', 'spark.b = x=y']).value).toEqual({
      'spark.a': '1',
      'spark.b': 'x=y',
    });
    const { problem } = parseFlag('sparkDefaults', ['spark.a'], '--spark-conf');
    expect(problem?.message).toBe(
      '--spark-conf: "spark.a" contains no name and value with "=" between them.',
    );
  });

  it('are added to those of the file, and win', () => {
    const text = section('spark-defaults', 'spark.a: 1\n      spark.b: 2');
    const { values, origin } = settle(text, { sparkDefaults: { 'spark.b': '3', 'spark.c': '4' } });
    expect(values.sparkDefaults).toEqual({ 'spark.a': '1', 'spark.b': '3', 'spark.c': '4' });
    expect(origin.sparkDefaults).toBe('flag');
  });

  it('leave the file’s own to be agreed to', () => {
    const config = parseConfig(section('spark-defaults', 'spark.a: 1'), 'f');
    const given = { sparkDefaults: { 'spark.b': '2' } };
    expect(sensitiveOptions(config, 'launch', given)).toEqual(['sparkDefaults']);
  });
});

describe('properties of HDFS', () => {
  const ec2 = 'provider: ec2\nlaunch: {num-slaves: 1}\n';
  const text = `${ec2}${section('hdfs-site', 'dfs.replication: 1')}`;

  it('need HDFS', () => {
    expect(settle(text).problems).toEqual([
      expect.objectContaining({ severity: 'warning', key: 'services.hdfs.hdfs-site' }),
    ]);
    expect(settle(text, { installHdfs: true }).problems).toEqual([]);
    expect(settle(ec2, { coreSite: { 'fs.trash.interval': '1' } }).problems).toEqual([
      expect.objectContaining({ severity: 'error', key: '--core-site' }),
    ]);
  });
});

describe('a change of properties in a text', () => {
  const text = section('spark-defaults', 'spark.a: 1  # one\n      # two\n      spark.b: "2"');

  it('touches only what differs', () => {
    const value = { 'spark.a': '1', 'spark.b': '3', 'spark.c': 'true' };
    expect(editConfig(text, [{ option: 'sparkDefaults', value }])).toBe(
      `${text.replace('"2"', '"3"')}      spark.c: true\n`,
    );
  });

  it('writes a section where there is none', () => {
    const value = { 'spark.a': '1', 'spark.b': 'x, y' };
    expect(
      editConfig('services:\n  spark:\n    version: 4.1.4\n', [{ option: 'sparkDefaults', value }]),
    ).toBe(
      'services:\n  spark:\n    version: 4.1.4\n    spark-defaults:\n      spark.a: 1\n      spark.b: x, y\n',
    );
  });

  it('takes out what is not wanted any more', () => {
    const edited = editConfig(text, [{ option: 'sparkDefaults', value: { 'spark.b': '2' } }]);
    expect(parseConfig(edited, 'f').values.sparkDefaults).toEqual({ 'spark.b': '2' });
    expect(edited).toContain('# two');
  });
});
