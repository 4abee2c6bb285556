import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { redact, tarGz } from '../../../src/engine/archive.ts';
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

it('takes secrets out, and leaves the rest', () => {
  const known = 'abcdefghij/KLMNOP+';
  const text = `AWS says ${known}
spark.authenticate.secret 0123456789abcdef
{"secret":"0123456789abcdef","node":"worker-1"}
aws_secret_access_key = Zm9vYmFyYmF6
key AKIAABCDEFGHIJKLMNOP of https://me:hunter22@example.org/x
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXk
-----END OPENSSH PRIVATE KEY-----
the cluster's secret is not here`;
  expect(redact(text, [known])).toBe(`AWS says [redacted]
spark.authenticate.secret [redacted]
{"secret":"[redacted]","node":"worker-1"}
aws_secret_access_key = [redacted]
key [redacted] of https://me:[redacted]@example.org/x
[redacted]
the cluster's secret is not here`);
});
