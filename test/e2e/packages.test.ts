import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, commandsOf, runDocumented } from '../helpers/documentation.ts';
import { LocalLab } from '../helpers/local-lab.ts';

describe('docs/packages.md and docs/tables.md', () => {
  const lab = new LocalLab();
  beforeAll(() => {
    for (const [name, text] of Object.entries({
      'job.py':
        "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\nprint(spark._jvm.java.lang.Class.forName('org.postgresql.Driver').getName())\n",
      'tables.sql': blocksOf('tables.md', 'sql')[0] ?? '',
      // On a machine that may be small.
      'flintrock.yaml':
        'provider: local\nlaunch:\n  num-slaves: 1\nproviders:\n  local:\n    worker-cores: 1\n    worker-memory: 1g\n',
    }))
      writeFileSync(join(lab.home, name), text);
  });
  afterAll(() => lab.close());

  it('have commands that do what they say', async () => {
    const commands = [...commandsOf('packages.md'), ...commandsOf('tables.md')];
    expect(commands.length).toBeGreaterThan(5);
    for (const line of commands) {
      const { code, stdout, stderr } = await runDocumented(lab, line, { config: 'flintrock.yaml' });
      const refused = line.includes('--packages');
      // The exit code of a job that could not be started.
      expect([line, code, stderr]).toEqual([line, refused ? 125 : 0, expect.any(String)]);
      if (refused)
        for (const said of blocksOf('packages.md', 'text')[0]?.trim().split('\n') ?? [])
          expect(stderr).toContain(said.trim());
      if (line.includes('describe')) expect(stdout).toContain('org.postgresql:postgresql:42.7.4');
      if (line === 'flintrock submit demo job.py') expect(stdout).toBe('org.postgresql.Driver\n');
      if (line.includes('tables.sql')) expect(stdout).toMatch(/\|found\|\n\+-+\+\n\|\s*1\|/);
    }
  });
});
