// Builds what ships: the library and the command line, one bundle with shared chunks, so that each loads only what it uses; the VS
// Code extension, whose engine is loaded on first use; and the pages that it shows. What of others' is in it is written down.
import { chmod, copyFile, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeThirdParty } from './scripts/third-party.mjs';

const root = dirname(fileURLToPath(import.meta.url));

await rm('dist', { recursive: true, force: true });

/** @type {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  sourcemap: false,
  logLevel: 'warning',
  metafile: true,
};

/**
 * Leaves out of the SDK's clients what is never sent. Their models name keys by constants, `{ [_xN]: … }`, which the bundler must take for
 * something that has effects; written out they have none, and nine tenths of EC2's go.
 *
 * @type {import('esbuild').Plugin}
 */
const plainModels = {
  name: 'plain models',
  setup(build) {
    build.onLoad({ filter: /[\\/]@aws-sdk[\\/].*[\\/]schemas_\d+\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const texts = new Map(
        [...source.matchAll(/^const (\w+) = ("[^"]*");$/gm)].map(([, name, text]) => [name, text]),
      );
      return {
        contents: source.replace(/\[(_\w+)\]: /g, (key, /** @type {string} */ name) => {
          const text = texts.get(name);
          return text === undefined ? key : `${text}: `;
        }),
      };
    });
  },
};

/** @type {import('esbuild').BuildOptions} */
const modules = {
  ...shared,
  splitting: true,
  format: 'esm',
  platform: 'node',
  // Programs for nodes.
  loader: { '.sh': 'text', '.py': 'text' },
  // The ES modules of packages, so that what isn't used is left out.
  mainFields: ['module', 'main'],
  // Compiled parts of ssh2, which does without: what isn't there it doesn't find.
  external: ['cpu-features', '*.node'],
  plugins: [plainModels],
  // Packages written for CommonJS ask for Node's own modules by `require`, and for their folder by `__dirname`.
  define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
  banner: {
    js: "import { createRequire as flintrockRequire } from 'node:module'; const require = flintrockRequire(import.meta.url);",
  },
};

/** What the extension loads on first use: a bundle of its own, so that the two packages share no files. */
const onFirstUse = {
  engine: 'src/index.ts',
  configuration: 'src/extension/configuration/config-service.ts',
  // The command line, which the editor starts as an MCP server.
  cli: 'src/cli.ts',
};

/** @type {import('esbuild').Plugin} */
const loadOnFirstUse = {
  name: 'load on first use',
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const file = relative(root, resolve(resolveDir, path));
      const [name] = Object.entries(onFirstUse).find(([, source]) => source === file) ?? [];
      if (name === undefined) return { errors: [{ text: `${file} is no entry of "onFirstUse".` }] };
      return { path: `./extension/${name}.js`, external: true };
    });
  },
};

const built = await Promise.all([
  build({ ...modules, entryPoints: { index: 'src/index.ts', cli: 'src/cli.ts' }, outdir: 'dist' }),
  build({ ...modules, entryPoints: onFirstUse, outdir: 'dist/extension', minify: true }),
  build({
    ...shared,
    entryPoints: { extension: 'src/extension.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    platform: 'node',
    minify: true,
    external: ['vscode'],
    plugins: [loadOnFirstUse],
  }),
  ...(await readdir('webview'))
    .filter((name) => name !== 'shared' && extname(name) === '')
    .map((page) =>
      build({
        ...shared,
        target: 'es2022',
        entryPoints: [
          { in: join('webview', page, 'main.ts'), out: basename(page) },
          { in: join('webview', page, 'page.css'), out: basename(page) },
        ],
        outdir: 'dist/webview',
        format: 'iife',
        platform: 'browser',
        minify: true,
        loader: { '.ttf': 'copy' },
        assetNames: '[name]',
      }),
    ),
]);
await writeThirdParty(built.flatMap(({ metafile }) => metafile ?? []));
await chmod('dist/cli.js', 0o755);
// A program for the Python of an attached folder.
await copyFile('src/extension/attach/running/connected.py', 'dist/extension/connected.py');
await copyFile('src/python/run_sql.py', 'dist/extension/run_sql.py');
