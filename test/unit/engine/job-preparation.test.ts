import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { requireSize } from '../../../src/engine/jobs/job-conf.ts';
import type { JobToSubmit } from '../../../src/engine/jobs/job-to-submit.ts';
import { scriptOfNotebook } from '../../../src/engine/jobs/notebook.ts';
import { findOwnModules } from '../../../src/engine/jobs/own-modules.ts';
import { prepareJob } from '../../../src/engine/jobs/prepare-job.ts';
import type { WorkContext } from '../../../src/engine/provider.ts';
import type { ClusterError } from '../../../src/model/errors.ts';
import type { JobFile } from '../../../src/model/job.ts';
import { memoryOf } from '../../../src/node/services/executors.ts';
import { parseProperties } from '../../../src/node/services/properties-file.ts';
import { withSharing } from '../../../src/node/services/sharing.ts';

const folder = mkdtempSync(join(tmpdir(), 'flintrock-jobs-'));
afterAll(() => rmSync(folder, { recursive: true }));

function files(texts: Readonly<Record<string, string>>): string {
  const home = mkdtempSync(join(folder, 'home-'));
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), text);
  }
  return home;
}

async function prepared(home: string, job: JobToSubmit, sparkVersion: string | null = '4.1.4') {
  const warnings: string[] = [];
  const context = {
    cwd: home,
    emit: (code: string, { message }: { message: string }) => {
      if (code === 'warning') warnings.push(message);
    },
  } as unknown as WorkContext;
  return { ...(await prepareJob(job, sparkVersion, context)), warnings };
}

function unzipped(file: JobFile | undefined): string[] {
  if (file === undefined || !('bytes' in file)) throw new Error('no archive was made');
  return Object.keys(unzipSync(file.bytes)).sort();
}

function text(file: JobFile): string {
  if (!('bytes' in file)) throw new Error('nothing was made');
  return Buffer.from(file.bytes).toString('utf8');
}

describe('the modules that a script brings along', () => {
  it('are those beside it that it imports, and that those import', async () => {
    const home = files({
      'a.py': 'from deep import inner',
      'b.py': '',
      'unused.py': '',
      'deep/__init__.py': 'import c',
      'deep/inner/words.txt': 'x',
      'deep/__pycache__/inner.pyc': 'x',
      'deep/.env': 'SECRET=1',
      'deep/server.key': 'x',
      'deep/id_ed25519': 'x',
      'c.py': 'import a',
      'data/a.csv': 'x',
      'os.py': '',
    });
    const { files: found } = await findOwnModules(
      'import sys, a as z\nimport data\n  import b # c\nfrom .os import x\n# import unused\n',
      home,
    );
    expect(found.map(({ name }) => name)).toEqual([
      'a.py',
      'b.py',
      'c.py',
      'deep/__init__.py',
      'deep/inner/words.txt',
    ]);
  });

  it('are sent as an archive, and named', async () => {
    const home = files({ 'job.py': 'import helpers.dates', 'helpers/dates.py': '' });
    const { request, modules } = await prepared(home, { file: 'job.py' });
    expect(modules).toEqual(['helpers/dates.py']);
    expect(unzipped(request.attachments.pyFiles[0])).toEqual(['helpers/dates.py']);
  });

  it('are refused if they are very large', async () => {
    const home = files({ 'job.py': 'import helpers', 'helpers/a.py': '' });
    writeFileSync(join(home, 'helpers', 'data.bin'), Buffer.alloc(51 * 1024 * 1024));
    await expect(prepared(home, { file: 'job.py' })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: expect.stringContaining('larger than 50 MiB') as string,
    });
  });
});

describe('what comes with a job', () => {
  it('is taken as spark-submit takes it', async () => {
    const home = files({
      'job.jar': '',
      'a.py': '',
      'lib.whl': 'PK',
      'p/__init__.py': '',
      'f.txt': '',
    });
    const { request } = await prepared(home, {
      file: 'job.jar',
      pyFiles: ['a.py', 'lib.whl', 'p', 's3a://b/x.zip'],
      jars: ['https://example.com/x.jar'],
      files: ['f.txt#renamed', 'hdfs:///g.txt#other'],
      packages: ['a:b:1', 'c:d:2'],
    });
    expect(request).toMatchObject({
      language: 'java',
      program: { path: join(home, 'job.jar') },
      attachments: {
        pyFiles: [
          { path: join(home, 'a.py') },
          { name: 'lib.whl.zip' },
          { name: 'p.zip' },
          { url: 's3a://b/x.zip' },
        ],
        jars: [{ url: 'https://example.com/x.jar' }],
        files: [{ path: join(home, 'f.txt'), alias: 'renamed' }, { url: 'hdfs:///g.txt#other' }],
        archives: [],
      },
      conf: { 'spark.jars.packages': 'a:b:1,c:d:2' },
    });
    expect(unzipped(request.attachments.pyFiles[2])).toEqual(['p/__init__.py']);
  });

  it.each([
    [{ file: 'nope.py' }, 'FILE_NOT_FOUND'],
    [{ file: 'job.txt' }, 'ARGUMENT_INVALID'],
    [{ file: 'job.py', jars: ['nope.jar'] }, 'FILE_NOT_FOUND'],
    [{ file: 'job.py', propertiesFile: 'nope.conf' }, 'FILE_NOT_FOUND'],
    [{ file: 'https://example.com/job.ipynb' }, 'ARGUMENT_INVALID'],
    [{ file: 'bad.ipynb' }, 'ARGUMENT_INVALID'],
  ] as const)('is refused before anything is sent: %j', async (job, code) => {
    const home = files({ 'job.py': '', 'job.txt': '', 'bad.ipynb': '{}' });
    await expect(prepared(home, job)).rejects.toMatchObject({ code });
  });

  it.each([
    [{ packages: ['io.delta:delta-spark_2.13:4.4.0', 'org.postgresql:postgresql:42.7.4'] }],
    [{ conf: { 'spark.jars.packages': 'a:b:1, io.delta:delta-spark_2.13:4.4.0' } }],
    [{ propertiesFile: 'p.conf' }],
  ])('has no package for another Spark: %j', async (job) => {
    const home = files({
      'job.py': '',
      'p.conf': 'spark.jars.packages io.delta:delta-spark_2.13:4.4.0',
    });
    await expect(prepared(home, { file: 'job.py', ...job })).rejects.toMatchObject({
      code: 'PACKAGE_MISMATCH',
      message: 'delta-spark_2.13:4.4.0 is for Spark 4.2, and the cluster has Spark 4.1.4.',
      remedies: [{ text: 'For Spark 4.1.4 use io.delta:delta-spark_4.1_2.13:4.4.0.' }],
    });
    // Whether it fits a Spark of unknown version can’t be told.
    await prepared(home, { file: 'job.py', ...job }, null);
    await prepared(home, { file: 'job.py', ...job }, '4.2.1');
  });

  it('may have a package of another patch, with a warning', async () => {
    const home = files({ 'job.py': '' });
    const packages = ['org.apache.spark:spark-avro_2.13:4.1.3'];
    const { warnings } = await prepared(home, { file: 'job.py', packages });
    expect(warnings).toEqual([
      'spark-avro_2.13:4.1.3 is for Spark 4.1.3, and the cluster has Spark 4.1.4.',
    ]);
  });

  it.each(['.master("local[*]")', ".setMaster('local')", '.master(\n "local[2]")'])(
    'has no master of its own: %s',
    async (call) => {
      const home = files({ 'job.py': `x = SparkSession.builder${call}\n` });
      const { warnings } = await prepared(home, { file: 'job.py' });
      expect(warnings).toEqual([expect.stringContaining('does not use the workers')]);
    },
  );

  it('may speak of masters', async () => {
    const home = files({ 'job.py': '# x.master("local")\nbuilder.master("yarn")\n' });
    expect((await prepared(home, { file: 'job.py' })).warnings).toEqual([]);
  });
});

describe('a notebook', () => {
  it('is run as a script, without its commands', async () => {
    const cell = (source: string | string[]) => ({ cell_type: 'code', source });
    const cells = [
      { cell_type: 'markdown', source: '# Title' },
      cell(['%matplotlib inline\n', 'if True:\n', '  !ls\n', '  x = 1']),
      cell('%%sql\nSELECT 1'),
      cell('print(spark)'),
      null,
    ];
    const { text: script, skipped } = scriptOfNotebook(JSON.stringify({ cells }), 'n.ipynb');
    expect(skipped).toBe(4);
    expect(script.split('# Cell 1\n')[1]).toBe(
      'pass  # %matplotlib inline\nif True:\n  pass  # !ls\n  x = 1\n\n# Cell 2\n# %%sql\n# SELECT 1\n\n# Cell 3\nprint(spark)\n',
    );
    const home = files({ 'n.ipynb': JSON.stringify({ cells }), 'spark.py': '' });
    const { request, warnings } = await prepared(home, { file: 'n.ipynb' });
    expect(text(request.program)).toContain('SparkSession.builder.getOrCreate()');
    expect(warnings).toEqual([expect.stringContaining('4 lines that are commands')]);
  });
});

describe('an SQL file', () => {
  it('is run by a program that has it inside', async () => {
    const home = files({ 'q.sql': "SELECT 'ü'" });
    const { request } = await prepared(home, { file: 'q.sql', args: ['x'] });
    const encoded = Buffer.from("SELECT 'ü'").toString('base64');
    expect(text(request.program)).toContain(`b64decode("${encoded}")`);
    expect(request).toMatchObject({ language: 'python', command: 'q.sql x' });
  });
});

describe('properties', () => {
  it('are read from a file of Java’s', () => {
    expect(
      parseProperties(
        '# c\n! c\n\nspark.a 1\nspark.b=2\r\n  spark.c : 3 4 \nspark.d\\=x=\\u00fc\\ty\nspark.e=1,\\\n   2\nother=9\nspark.f\n',
      ),
    ).toEqual({
      'spark.a': '1',
      'spark.b': '2',
      'spark.c': '3 4',
      'spark.d=x': 'ü\ty',
      'spark.e': '1,2',
      'spark.f': '',
    });
  });

  it('of the job come before those of the file; our own are for providers to add', async () => {
    const home = files({
      'job.py': '',
      'p.conf': 'spark.x 1\nspark.y 1\nspark.executor.instances 3',
    });
    const { request } = await prepared(home, {
      file: 'job.py',
      propertiesFile: 'p.conf',
      conf: { 'spark.y': '2' },
    });
    expect(request.conf).toEqual({
      'spark.x': '1',
      'spark.y': '2',
      'spark.executor.instances': '3',
    });
    expect(withSharing({}, new Set())).toMatchObject({ 'spark.dynamicAllocation.enabled': 'true' });
    expect(withSharing({ 'spark.dynamicAllocation.enabled': 'false' }, new Set())).toEqual({
      'spark.starvation.timeout': '9s',
      'spark.dynamicAllocation.enabled': 'false',
    });
  });

  it('name sizes as Spark reads them', () => {
    expect(
      ['1g', '512', '512m', '1024k', '2GB', ' 3 m', '1 TB', 'x', '1.5g'].map(memoryOf),
    ).toEqual([1024, 512, 512, 1, 2048, 3, 1024 * 1024, undefined, undefined]);
  });

  it('ask for no executor that Spark refuses', () => {
    expect(() => requireSize({ 'spark.executor.memory': '450m' })).not.toThrow();
    expect(() => requireSize({ 'spark.executor.memory': '400m' })).toThrow(
      expect.objectContaining({ code: 'ARGUMENT_INVALID' }) as ClusterError,
    );
  });
});
