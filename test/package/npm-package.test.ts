import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalLab } from '../helpers/local-lab.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The package as somebody who installed it has it. */
describe('the npm package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flintrock-package-'));
  const installed = join(folder, 'node_modules', 'flintrock');
  let files: string[];

  beforeAll(() => {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
        cwd: root,
        encoding: 'utf8',
      }),
    ) as [{ filename: string; files: { path: string }[] }];
    files = packed.files.map(({ path }) => path).sort();
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', [
      '-xzf',
      join(folder, packed.filename),
      '-C',
      installed,
      '--strip-components=1',
    ]);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('holds what readers need and nothing else', () => {
    const kinds = new Set(
      files.map((file) =>
        file
          .replace(/^dist\/types\/.*\.d\.m?ts$/, 'dist/types/….d.ts')
          .replace(/^dist\/(?!cli\.js|index\.js)[A-Za-z0-9-]+-[A-Z0-9]{8}\.js$/, 'dist/<chunk>.js'),
      ),
    );
    expect([...kinds].sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'NOTICE',
      'README.md',
      'SECURITY.md',
      'THIRD-PARTY-NOTICES.txt',
      'dist/<chunk>.js',
      'dist/cli.js',
      'dist/index.js',
      'dist/types/….d.ts',
      'docs/agents.md',
      'docs/beacon.md',
      'docs/cli-json.md',
      'docs/errors.md',
      'docs/faults.md',
      'docs/fidelity.md',
      'docs/history.md',
      'docs/jobs.md',
      'docs/moving-over.md',
      'docs/options.md',
      'docs/packages.md',
      'docs/properties.md',
      'docs/s3.md',
      'docs/sharing.md',
      'docs/tables.md',
      'docs/yarn.md',
      'package.json',
      'sbom.cdx.json',
      'schema/config.schema.json',
      'skills/flintrock/SKILL.md',
    ]);
  });

  it('says what of others’ is in it, and under which licences', () => {
    const { specVersion, components } = JSON.parse(
      readFileSync(join(installed, 'sbom.cdx.json'), 'utf8'),
    ) as {
      specVersion: string;
      components: { name: string; version: string; licenses: { expression: string }[] }[];
    };
    expect(specVersion).toBe('1.6');
    const names = components.map(({ name }) => name);
    // What each bundle can't do without, and nothing that only builds or tests it.
    expect(names).toEqual(
      expect.arrayContaining(['@aws-sdk/client-ec2', '@vscode/webview-ui-toolkit', 'ssh2', 'yaml']),
    );
    expect(names).not.toContain('esbuild');
    expect(names).not.toContain('vitest');
    const notices = readFileSync(join(installed, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const { name, version, licenses } of components)
      expect(notices).toContain(
        `\n${name} ${version}\nLicense: ${licenses[0]?.expression ?? 'none'}\n`,
      );
  });

  it('stays small', () => {
    const size = (path: string): number =>
      statSync(path).isDirectory()
        ? readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0)
        : statSync(path).size;
    // Most of it are the SDKs of AWS and MCP, which are loaded on first use.
    expect(size(installed)).toBeLessThan(4_500_000);
  });

  it('runs as a command', () => {
    const output = execFileSync(
      process.execPath,
      [join(installed, 'dist', 'cli.js'), '--version'],
      { encoding: 'utf8' },
    );
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(output).toContain(version);
    expect(statSync(join(installed, 'dist', 'cli.js')).mode & 0o111).not.toBe(0);
  });

  it('has types that a strict program compiles against', () => {
    writeFileSync(
      join(folder, 'program.ts'),
      `import { Flintrock, isClusterError, type EngineEvent, type LaunchResult } from 'flintrock';
const flintrock = new Flintrock({
  host: {
    notify: (event: EngineEvent) => { if (event.code === 'node.phase') event.node satisfies string; },
    ask: (question) => Promise.resolve(question.default),
  },
});
const result: LaunchResult = await flintrock.launch('x', { values: { numWorkers: 2, localWorkerMemory: 1024 } });
result.cluster.workers.map(({ name, cores }) => [name satisfies string, cores satisfies number | null]);
// @ts-expect-error: there is no such option
await flintrock.plan('x', { values: { numberOfWorkers: 2 } });
// @ts-expect-error: a number is no text
await flintrock.plan('x', { values: { numWorkers: '2' } });
if (isClusterError(result, 'CLUSTER_EXISTS')) throw result;
`,
    );
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          module: 'NodeNext',
          target: 'ES2022',
          lib: ['ES2023', 'ESNext.Disposable', 'DOM'],
          types: [],
          noEmit: true,
        },
        include: ['program.ts'],
      }),
    );
    execFileSync(
      process.execPath,
      [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder],
      {
        encoding: 'utf8',
        stdio: 'pipe',
      },
    );
  });

  it('runs the README’s example as it stands, printing nothing', async () => {
    const example = /## The library[^]*?```js\n([^]*?)```/.exec(
      readFileSync(join(root, 'README.md'), 'utf8'),
    )?.[1];
    expect(example).toContain("from 'flintrock'");
    const lab = new LocalLab();
    try {
      writeFileSync(join(folder, 'example.js'), example ?? '');
      writeFileSync(
        join(folder, 'count.py'),
        `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
with open("counted.txt", "w") as file:
    file.write(str(spark.sparkContext.parallelize(range(10)).count()))
spark.stop()
`,
      );
      const output = execFileSync(process.execPath, ['example.js'], {
        cwd: folder,
        env: lab.env,
        encoding: 'utf8',
        stdio: 'pipe',
      });
      expect(output).toBe('');
      expect(readFileSync(join(folder, 'counted.txt'), 'utf8')).toBe('10');
      expect(await lab.open().flintrock.describe()).toEqual({ clusters: [], regions: [] });
      expect(lab.processes()).toEqual([]);
    } finally {
      await lab.close();
    }
  });
});
