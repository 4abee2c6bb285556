// Writes what is made from the table of options: the JSON schema and the reference.
// With --check it writes nothing, and exits with 1 if a file isn't what it would write.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');

/**
 * The generated files' texts, by path.
 *
 * @returns {Promise<Record<string, string>>}
 */
async function generate() {
  const folder = await mkdtemp(join(tmpdir(), 'flintrock-generate-'));
  try {
    const outfile = join(folder, 'config.mjs');
    await build({
      stdin: {
        contents: `
          export { buildSchema } from './schema.ts';
          export { buildReference } from './reference.ts';
        `,
        resolveDir: join(root, 'src/config'),
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile,
      logLevel: 'error',
    });
    /** @type {{ buildSchema(): unknown, buildReference(): string }} */

    const config = await import(pathToFileURL(outfile).href);
    return {
      'schema/config.schema.json': `${JSON.stringify(config.buildSchema(), null, 2)}\n`,
      'docs/options.md': config.buildReference(),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

for (const [path, text] of Object.entries(await generate())) {
  const file = join(root, path);
  const present = await readFile(file, 'utf8').catch(() => undefined);
  if (present === text) continue;
  if (check) {
    console.error(`${path} is not what the table of options makes: run "npm run generate".`);
    process.exitCode = 1;
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    console.error(`${path} written`);
  }
}
