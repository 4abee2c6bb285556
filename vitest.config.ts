import { defineConfig, type Plugin } from 'vitest/config';

/** Programs for nodes as texts, as esbuild.mjs has them. */
const plugins: Plugin[] = [
  {
    name: 'texts',
    transform: (text, file) =>
      /\.(sh|py)$/.test(file) ? `export default ${JSON.stringify(text)};` : undefined,
  },
];

// Two cores are shared by many JVMs: what comes within a second on a free machine may take ten.
const expect = { poll: { timeout: 30_000 } };

export default defineConfig({
  test: {
    experimental: { fsModuleCache: true },
    projects: [
      {
        plugins,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          maxWorkers: 2,
          // Properties are computed on a machine that others use too; a hang is seen all the same.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          // Real Spark: one file after the other, on two cores.
          fileParallelism: false,
          expect,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        plugins,
        test: {
          // Runs inside the lab's network namespace, see scripts/test.mjs.
          name: 'lab',
          include: ['test/lab/**/*.test.ts', 'test/ec2/**/*.test.ts'],
          // One lab: each file starts with an empty one.
          fileParallelism: false,
          expect,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        plugins,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          expect,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        plugins,
        test: {
          // A real VS Code in a real browser, see scripts/test.mjs.
          name: 'vscode',
          include: ['test/vscode/*.test.ts'],
          fileParallelism: false,
          expect,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        plugins,
        test: {
          // The same inside the lab's network namespace.
          name: 'vscode-ec2',
          include: ['test/vscode/ec2/*.test.ts'],
          fileParallelism: false,
          expect,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        plugins,
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
