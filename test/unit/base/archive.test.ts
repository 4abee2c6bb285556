import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tarGz } from '../../../src/base/archive.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

it('makes an archive that tar unpacks', () => {
  const file = join(temporaryFolder('archive'), 'all.tar.gz');
  const texts = { 'a/one.txt': 'größer\n', 'b.txt': '', 'c.txt': 'x'.repeat(1024) };
  const files = Object.entries(texts).map(([path, text]) => ({ path, text }));
  writeFileSync(file, tarGz(files, 1_700_000_000));
  const list = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' });
  expect(list.trim().split('\n')).toEqual(Object.keys(texts));
  for (const [path, text] of Object.entries(texts))
    expect(execFileSync('tar', ['-xzOf', file, path], { encoding: 'utf8' })).toBe(text);
});
