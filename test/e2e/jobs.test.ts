import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalLab } from '../helpers/local-lab.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/jobs.md'), 'utf8');

/** The commands that docs/jobs.md shows, in its order. */
const commands = [...page.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, text = '']) =>
  text.trim().split('\n'),
);

const session =
  'from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n';

describe('docs/jobs.md', () => {
  const lab = new LocalLab();
  beforeAll(async () => {
    const cells = [{ cell_type: 'code', source: 'print(spark.range(3).count())' }];
    for (const [name, text] of Object.entries({
      'sum.py': `${session}print(spark.range(1000).selectExpr('sum(id)').first()[0])\n`,
      'query.sql': 'SELECT 41 + 1 AS answer',
      'notebook.ipynb': JSON.stringify({ cells, nbformat: 4 }),
      'write.py': 'open("result.txt", "w").write("done")\n',
      // What `run` launches, on a machine that may be small.
      'flintrock.yaml':
        'provider: local\nproviders:\n  local:\n    worker-cores: 1\n    worker-memory: 1g\n',
    }))
      writeFileSync(join(lab.home, name), text);
    await lab.open().flintrock.launch('demo', {
      values: { provider: 'local', numWorkers: 1, localWorkerCores: 1, localWorkerMemory: 1024 },
    });
  });
  afterAll(() => lab.close());

  function run(line: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const [program, verb = '', ...args] = line.split(' ');
    expect(program).toBe('flintrock');
    const config = verb === 'run' ? ['--config', 'flintrock.yaml'] : [];
    const child = spawn(execPath, [join(root, 'dist/cli.js'), verb, ...config, ...args], {
      cwd: lab.home,
      env: { ...lab.env, HOME: lab.home, FLINTROCK_OUTPUT: 'table' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return new Promise((resolve) => {
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
  }

  it('has commands that do what it says', async () => {
    let job = '';
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) {
      const line = command.replace('JOB', job);
      const { code, stdout, stderr } = await run(line);
      expect([line, code, stderr.includes('error:')]).toEqual([line, 0, false]);
      if (line.includes('--detach')) job = stdout.trim();
      else if (/^flintrock (submit|run) .*sum\.py$/.test(line)) expect(stdout).toBe('499500\n');
      if (line.includes('query.sql')) expect(stdout).toContain('|    42|');
      if (line.includes('notebook')) expect(stdout).toBe('3\n');
      if (line.startsWith('flintrock jobs')) expect(stdout).toContain(job);
      if (line.includes('--follow')) expect(stdout).toBe('499500\n');
      if (line.includes('cancel')) expect(stdout).toBe(`${job} had already ended.\n`);
      if (line.includes('write.py'))
        expect(readFileSync(join(lab.home, 'result.txt'), 'utf8')).toBe('done');
    }
    const { clusters } = await lab.open().flintrock.describe();
    expect(clusters.map(({ name }) => name)).toEqual(['demo']);
  });
});
