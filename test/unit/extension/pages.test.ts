import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const files = readdirSync(join(root, 'webview'), { recursive: true, encoding: 'utf8' });
const scripts = files.filter((file) => file.endsWith('.ts'));
const read = (file: string): string => readFileSync(join(root, 'webview', file), 'utf8');

describe('the pages', () => {
  it('know the protocol and our nouns, and nothing else of the source', () => {
    const targets = scripts.flatMap((file) =>
      [...read(file).matchAll(/from '(\.[^']+)'/g)].map(([, target = '']) =>
        normalize(join('webview', dirname(file), target)),
      ),
    );
    expect(targets.length).toBeGreaterThan(10);
    expect(
      targets.filter((target) => !/^(webview|src\/protocol|src\/model)\//.test(target)),
    ).toEqual([]);
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
