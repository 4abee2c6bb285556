import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const files = readdirSync(join(root, 'webview'), { recursive: true, encoding: 'utf8' });
const scripts = files.filter((file) => file.endsWith('.ts'));
const read = (file: string): string => readFileSync(join(root, 'webview', file), 'utf8');

describe('the pages', () => {
  it.each(
    readdirSync(join(root, 'webview')).filter((name) => files.includes(join(name, 'main.ts'))),
  )('%s has our nouns, words and messages in it, and nothing that needs Node', async (page) => {
    const { metafile } = await build({
      entryPoints: [join(root, 'webview', page, 'main.ts')],
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      platform: 'browser',
      format: 'iife',
      logLevel: 'silent',
    });
    const inputs = Object.entries(metafile.inputs);
    const ours = inputs.map(([file]) => file).filter((file) => !file.includes('node_modules/'));
    expect(ours.some((file) => file.startsWith('src/text/'))).toBe(true);
    expect(
      ours.filter((file) => !/^(webview|src\/(protocol|model|text|base))\//.test(file)),
    ).toEqual([]);
    expect(inputs.flatMap(([, { imports }]) => imports.filter(({ external }) => external))).toEqual(
      [],
    );
  });

  it('give events no meaning of their own', () => {
    for (const file of scripts) expect(read(file)).not.toMatch(/case '[a-z]+\.[a-z]+'/i);
  });

  it('take their elements from one file', () => {
    const strangers = scripts.filter((file) => /from '[^.]/.test(read(file)));
    expect(strangers).toEqual(['shared/toolkit.ts']);
  });

  it('have no colour but the theme’s, and no style or script in markup', () => {
    for (const file of files.filter((name) => name.endsWith('.css')))
      expect(read(file)).not.toMatch(/#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(/i);
    for (const file of scripts)
      expect(read(file)).not.toMatch(/innerHTML|insertAdjacentHTML|\bstyle:/);
  });
});
