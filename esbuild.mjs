// Builds what ships: the library and the command line, one bundle with shared chunks, so that each loads only what it uses.
import { build } from 'esbuild';
import { chmod, rm } from 'node:fs/promises';

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: { index: 'src/index.ts', cli: 'src/cli.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Programs for nodes.
  loader: { '.sh': 'text', '.py': 'text' },
  // The ES modules of packages, so that what isn't used is left out.
  mainFields: ['module', 'main'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  sourcemap: false,
  logLevel: 'warning',
  // Compiled parts of ssh2, which does without: what isn't there it doesn't find.
  external: ['cpu-features', '*.node'],
  // Packages written for CommonJS ask for Node's own modules by `require`, and for their folder by `__dirname`.
  define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
  banner: {
    js: "import { createRequire as flintrockRequire } from 'node:module'; const require = flintrockRequire(import.meta.url);",
  },
});
await chmod('dist/cli.js', 0o755);
