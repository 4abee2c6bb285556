import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shownServiceProperties } from '../../../src/model/software/properties.ts';
import { bootstrapScript } from '../../../src/node/bootstrap/bootstrap.ts';
import { readConfiguration, recordUserData } from '../../../src/node/bootstrap/launch-record.ts';
import { connectArguments } from '../../../src/node/services/connect.ts';
import {
  executorSizeFault,
  executorsOf,
  withJobLimit,
} from '../../../src/node/services/executors.ts';
import { hdfsTemplates } from '../../../src/node/services/hdfs.ts';
import { parseProperties, propertyLine } from '../../../src/node/services/properties-file.ts';
import { withSharing } from '../../../src/node/services/sharing.ts';
import { sparkDefaultsFile, sparkDefaultsTemplate } from '../../../src/node/services/spark.ts';
import { nodeSettings } from './node-settings.ts';

const awkward = {
  'spark.a': 'x y=z: #!',
  'spark.b': 'C:\\d\\u0041',
  'spark.c': '@SECRET@ @ADDRESS@',
  'spark.d': 'größer 🚀',
  'spark.e': '"$HOME" `id` \'q\'',
  'spark.f:g': '',
};

describe('a property in a properties file', () => {
  it('is read back as it was', () => {
    const text = Object.entries(awkward).map(([name, value]) => propertyLine(name, value));
    expect(parseProperties(text.join(''))).toEqual(awkward);
    expect(text.join('')).toMatch(/^[ -~\n]*$/);
    // A node would put something else in its place.
    expect(text.join('')).not.toContain('@');
  });

  it('is the user’s wherever we have another one', () => {
    const settings = {
      masterUrl: 'spark://m:7077',
      secret: 'abc',
      driverAddress: '10.0.0.1',
      executorOptions: '-Dx',
      mavenRepository: undefined,
      eventsFolder: '/e',
      workerCores: 4,
      workerMemoryMiB: 4096,
      executorsPerWorker: 2,
      own: { 'spark.executor.memory': '1g', 'spark.new': '1' },
    };
    const file = parseProperties(sparkDefaultsFile(settings));
    expect(file).toMatchObject({
      'spark.executor.cores': '2',
      'spark.executor.memory': '1g',
      'spark.new': '1',
    });
    const own = { 'spark.executorEnv.PYTHONPATH': '/mine', 'spark.executor.cores': '3' };
    const template = sparkDefaultsTemplate({ ...settings, own, yarn: false }, '/packages');
    expect(parseProperties(template)).toMatchObject({
      'spark.executorEnv.PYTHONPATH': '/packages:/mine',
      'spark.executor.cores': '3',
    });
    expect(template.match(/^spark\.executor\.cores/gm)).toHaveLength(1);
  });
});

describe('the environment of Spark on a node', () => {
  const values = {
    A: 'x y',
    B: '"$HOME" `id` \'q\' \\n',
    C: '',
    IDLE_SECONDS: '5',
    FIXED_ROLE: 'x',
  };
  const script = bootstrapScript(nodeSettings({ configuration: { 'spark-env': values } }));

  it('has the very values, and changes no setting of the node', () => {
    const settings = /^put settings\.sh 600 <<'(END_OF_FILE_*)'\n([\s\S]*?)\n\1$/m.exec(
      script,
    )?.[2];
    const program = `import json, os; print(json.dumps({k: os.environ[k] for k in ${JSON.stringify(Object.keys(values))}}))`;
    const { stdout } = spawnSync(
      'bash',
      ['-c', `${settings ?? ''}\nset -a\n. <(echo "$SPARK_ENV")\npython3 -c '${program}'`],
      { encoding: 'utf8' },
    );
    expect(JSON.parse(stdout)).toEqual(values);
    // As the beacon reads them, and as a worker is made of what its master has.
    expect(settings).not.toMatch(/^IDLE_SECONDS=\d+$/m);
    expect(/^FIXED_ROLE=(.*)$/m.exec(script)?.[1]).toBe('by-index');
  });

  it('is nothing where nothing was asked for', () => {
    expect(bootstrapScript(nodeSettings())).not.toContain('\nSPARK_ENV=');
  });
});

it('properties of HDFS are XML, and win over ours', () => {
  const [core, hdfs] = hdfsTemplates(3, {
    coreSite: { 'fs.trash.interval': '1440' },
    hdfsSite: { 'dfs.replication': '1', 'my.text': '<a> & @MASTER@ ß' },
  });
  expect(core?.[1]).toContain('<name>fs.trash.interval</name><value>1440</value>');
  expect(hdfs?.[1].match(/<name>dfs\.replication<\/name><value>(\d)</g)).toEqual([
    '<name>dfs.replication</name><value>1<',
  ]);
  expect(hdfs?.[1]).toContain('<value>&#60;a&#62; &#38; &#64;MASTER&#64; &#223;</value>');
});

describe('what a launch was configured with', () => {
  const configuration = { 'spark-defaults': { ...awkward, 'spark.secret.x': 'y' } };

  it('is read from user data that is only a record, too', () => {
    expect(readConfiguration(recordUserData('{"a":"="}', configuration))).toEqual(configuration);
    expect(readConfiguration(recordUserData('{}', {}))).toEqual({});
    expect(readConfiguration(Buffer.from('#!/bin/sh\n'))).toBeUndefined();
  });

  it('is shown without secrets', () => {
    const shown = shownServiceProperties({
      'spark-defaults': { 'spark.hadoop.fs.s3a.secret.key': 'x1', 'spark.sql.x': '64' },
      'spark-env': { AWS_ACCESS_KEY_ID: 'x2', URL: 'https://me:x3@example.com/', LEVEL: 'debug' },
    });
    expect(JSON.stringify(shown)).not.toMatch(/x[123]/);
    expect(shown).toMatchObject({
      'spark-defaults': { 'spark.sql.x': '64' },
      'spark-env': { LEVEL: 'debug' },
    });
  });
});

describe('defaults of ours', () => {
  it('are given to no job whose cluster is configured otherwise', () => {
    expect(withSharing({ a: '1' }, new Set(['spark.executor.instances']))).toEqual({
      'spark.starvation.timeout': '9s',
      a: '1',
    });
    expect(withSharing({}, new Set(['spark.starvation.timeout']))).not.toHaveProperty([
      'spark.starvation.timeout',
    ]);
  });

  it('are given to no Connect server whose cluster is configured otherwise', () => {
    const args = connectArguments(
      15002,
      { 'spark.b': '2' },
      new Set(['spark.dynamicAllocation.executorIdleTimeout', 'spark.b']),
    ).join(' ');
    expect(args).not.toContain('executorIdleTimeout');
    expect(args).toContain('spark.dynamicAllocation.minExecutors=0');
    expect(args).toContain('spark.b=2');
  });
});

describe('a limit of cores for a job', () => {
  const own = withJobLimit({ sparkDefaults: {}, maxCoresPerJob: 3 });

  it('is a property of jobs and of the master, unless the user has set another', () => {
    expect(own).toEqual({ 'spark.cores.max': '3', 'spark.deploy.defaultCores': '3' });
    const set = withJobLimit({ sparkDefaults: { 'spark.cores.max': '9' }, maxCoresPerJob: 3 });
    expect(set['spark.cores.max']).toBe('9');
    expect(withJobLimit({ sparkDefaults: set })).toBe(set);
  });

  it('makes executors small enough for it', () => {
    const worker = { cores: 16, memoryMiB: 24_576 };
    expect(executorsOf(worker, undefined, own)).toEqual({
      perWorker: 6,
      cores: 2,
      memoryMiB: 4096,
    });
    expect(executorsOf(worker, undefined, { 'spark.cores.max': '100' }).cores).toBe(4);
    expect(executorSizeFault(own, worker, undefined, 'each')).toBeUndefined();
    expect(executorSizeFault(own, worker, 2, 'each')).toMatch(/^Executors have 8 cores/);
  });
});

describe('the size of executors', () => {
  const worker = { cores: 4, memoryMiB: 4096 };

  it('is a share of the worker, or what the user says', () => {
    expect(executorsOf(worker, undefined)).toEqual({ perWorker: 1, cores: 4, memoryMiB: 4096 });
    expect(executorsOf(worker, 2)).toEqual({ perWorker: 2, cores: 2, memoryMiB: 2048 });
    expect(executorsOf(worker, 2, { 'spark.executor.memory': '1g' })).toMatchObject({
      perWorker: 2,
      memoryMiB: 1024,
    });
    expect(executorsOf(worker, 1, { 'spark.executor.cores': '1' })).toMatchObject({
      perWorker: 1,
      cores: 1,
    });
  });

  it.each([
    [{ 'spark.executor.memory': '300m' }, /Spark requires 450 MiB/],
    [{ 'spark.executor.memory': '5g' }, /5 GiB .* each offers 4 GiB/],
    [{ 'spark.executor.cores': '5' }, /5 cores .* each offers 4\./],
    [{ 'spark.cores.max': '3' }, /have 4 cores, but a job can use at most 3 /],
  ])('is refused where none would start: %j', (own, message) => {
    expect(executorSizeFault(own, worker, 1, 'each')).toMatch(message);
    expect(executorSizeFault({ 'spark.executor.memory': '4g' }, worker, 1, 'each')).toBeUndefined();
  });
});
