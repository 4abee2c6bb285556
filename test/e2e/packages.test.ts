import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalLab } from '../helpers/local-lab.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/packages.md'), 'utf8');

/** The code of docs/packages.md in a language, block by block. */
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(
    ([, text = '']) => text,
  );

describe('docs/packages.md', () => {
  const lab = new LocalLab();
  beforeAll(() => {
    for (const [name, text] of Object.entries({
      'job.py':
        "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\nprint(spark._jvm.java.lang.Class.forName('org.postgresql.Driver').getName())\n",
      'tables.sql': blocks('sql')[0] ?? '',
      // On a machine that may be small.
      'flintrock.yaml':
        'provider: local\nlaunch:\n  num-slaves: 1\nproviders:\n  local:\n    worker-cores: 1\n    worker-memory: 1g\n',
    }))
      writeFileSync(join(lab.home, name), text);
  });
  afterAll(() => lab.close());

  function run(line: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const [program, verb = '', ...args] = line.split(' ');
    expect(program).toBe('flintrock');
    const config = verb === 'launch' ? ['--config', 'flintrock.yaml'] : [];
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
    const commands = blocks('sh').flatMap((text) => text.trim().split('\n'));
    expect(commands.length).toBeGreaterThan(5);
    for (const line of commands) {
      const { code, stdout, stderr } = await run(line);
      const refused = line.includes('--packages');
      // The exit code of a job that could not be started.
      expect([line, code, stderr]).toEqual([line, refused ? 125 : 0, expect.any(String)]);
      if (refused)
        for (const said of blocks('text')[0]?.trim().split('\n') ?? [])
          expect(stderr).toContain(said.trim());
      if (line.includes('describe')) expect(stdout).toContain('org.postgresql:postgresql:42.7.4');
      if (line === 'flintrock submit demo job.py') expect(stdout).toBe('org.postgresql.Driver\n');
      if (line.includes('tables.sql')) expect(stdout).toMatch(/\|found\|\n\+-+\+\n\|\s*1\|/);
    }
  });
});
