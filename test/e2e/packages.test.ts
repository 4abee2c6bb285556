import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, commandsOf, runDocumented } from '../helpers/documentation.ts';
import { LocalLab } from '../helpers/local-lab.ts';
import { makeWheel } from '../helpers/wheel.ts';

describe('docs/packages.md and docs/tables.md', () => {
  const lab = new LocalLab();
  beforeAll(() => {
    for (const [name, text] of Object.entries({
      'job.py':
        "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\nprint(spark._jvm.java.lang.Class.forName('org.postgresql.Driver').getName())\n",
      'requirements.txt': 'tzdata\n',
      'python.py':
        "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\ndef ask(_):\n    import own, pytz, tzdata\n    return own.answer()\nspark._jvm.java.lang.Class.forName('org.h2.Driver')\nprint(spark.sparkContext.parallelize([1], 1).map(ask).first())\n",
      'tables.sql': blocksOf('tables.md', 'sql')[0] ?? '',
      // On a machine that may be small.
      'flintrock.yaml':
        'provider: local\nlaunch:\n  num-slaves: 1\nproviders:\n  local:\n    worker-cores: 1\n    worker-memory: 1g\n',
    }))
      writeFileSync(join(lab.home, name), text);
    makeWheel(lab.home, 'own', '1.0', 'our own');
  });
  afterAll(() => lab.close());

  it('have commands that do what they say', async () => {
    const commands = [...commandsOf('packages.md'), ...commandsOf('tables.md')];
    let installed = false;
    expect(commands.length).toBeGreaterThan(5);
    for (const line of commands) {
      const { code, stdout, stderr } = await runDocumented(lab, line, { config: 'flintrock.yaml' });
      const refused = line.includes('--packages');
      // The exit code of a job that could not be started.
      expect([line, code, stderr]).toEqual([line, refused ? 125 : 0, expect.any(String)]);
      if (refused)
        for (const said of blocksOf('packages.md', 'text')[0]?.trim().split('\n') ?? [])
          expect(stderr).toContain(said.trim());
      installed ||= line.includes('own-1.0');
      if (installed && line.includes('describe'))
        for (const name of [
          'com.h2database:h2:2.3.232',
          'pytz==2025.2',
          'own-1.0-py3-none-any.whl',
        ])
          expect(stdout).toContain(name);
      if (line.includes('describe')) expect(stdout).toContain('org.postgresql:postgresql:42.7.4');
      if (line === 'flintrock submit demo job.py') expect(stdout).toBe('org.postgresql.Driver\n');
      if (line === 'flintrock submit demo python.py') expect(stdout).toBe('our own\n');
      if (line.includes('tables.sql')) expect(stdout).toMatch(/\|found\|\n\+-+\+\n\|\s*1\|/);
    }
  });
});
