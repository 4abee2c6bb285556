import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf, runDocumented } from '../helpers/documentation.ts';
import { LocalLab } from '../helpers/local-lab.ts';

/** What the sections about sharing are about are jobs, too. */
const commands = [...commandsOf('jobs.md'), ...commandsOf('sharing.md')];

const session =
  'from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n';

describe('docs/jobs.md and docs/sharing.md', () => {
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

  it('have commands that do what they say', async () => {
    let job = '';
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) {
      const line = command.replace('JOB', job);
      const { code, stdout, stderr } = await runDocumented(lab, line, { config: 'flintrock.yaml' });
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
