import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../../src/base/redact.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

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

const secret = 'Zm9v/YmFy+YmF6Zm9vYmFyYmF6Zm9vYmFyYmF6xx';

describe('redact', () => {
  it.each([
    `aws_secret_access_key=${secret}`,
    `AWS_SECRET_ACCESS_KEY: "${secret}"`,
    `export AWS_SESSION_TOKEN='${secret}'`,
    `{"SecretAccessKey": "${secret}", "x": 1}`,
    `curl -H 'Authorization: Bearer ${secret}'`,
    `authorization: Basic ${Buffer.from('me:hunter2222').toString('base64')}`,
    `Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${'x'.repeat(43)}`,
    `psql --password ${secret}`,
    `mysql --db-password x1`,
    `password=x1`,
    `PGPASSWORD=x1 psql`,
    `spark.hadoop.fs.s3a.secret.key    ${secret}`,
    `spark.hadoop.fs.s3a.access.key=${secret}`,
    `spark.ssl.keyStorePassword ${secret}`.replace('keyStorePassword', 'password'),
    `https://me:p@ss@example.org/`,
    `https://${'a1'.repeat(20)}@github.com/x`,
    `https://b.s3.amazonaws.com/k?X-Amz-Credential=ASIAABCDEFGHIJKLMNOP%2F20261128&X-Amz-Signature=${'0a'.repeat(32)}&x=1`,
    `https://b.s3.amazonaws.com/k?AWSAccessKeyId=AKIAABCDEFGHIJKLMNOP&Signature=${encodeURIComponent(secret)}`,
    `GET /cb?access_token=${'x'.repeat(30)}`,
    `ghp_${'a1B2'.repeat(9)}`,
    `gho_${'a1B2'.repeat(9)}`,
    `github_pat_${'a1B2_'.repeat(15)}`,
    `glpat-${'a1B2'.repeat(5)}`,
    `hf_${'a1B2'.repeat(8)}`,
    `FwoGZXIvYXdzE${'aB1+'.repeat(20)}`,
    `IQoJb3JpZ2luX2VjE${'aB1/'.repeat(20)}==`,
  ])('takes the secret out of %s', (text) => {
    const clean = redact(`before ${text} after`, []);
    expect(clean).toContain('[redacted]');
    expect(clean.startsWith('before ')).toBe(true);
    expect(clean.endsWith(' after')).toBe(true);
    for (const part of [
      secret,
      encodeURIComponent(secret),
      'x1',
      'p@ss',
      '0a0a',
      'a1B2',
      'aB1',
      'a1a1',
    ])
      expect(clean).not.toContain(part);
    expect(clean).not.toMatch(/(?:AKIA|ASIA)[A-Z0-9]{16}|eyJ|xxxxxx|bWU6/);
    expect(redact(clean, [])).toBe(clean);
  });

  it.each([
    'the token is missing',
    'password: none',
    'Basic authentication is off',
    'bearer of news',
    'ssh://ec2-user@198.51.100.7/x',
    'worker-1 is alive at 10.0.0.7:7078',
    'spark.authenticate true',
    'i-0a1b2c3d4e5f67890 ami-0588935a949f9ff17',
    'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
  ])('leaves %j', (text) => {
    expect(redact(text, [])).toBe(text);
  });

  it.each([
    ['ed25519', []],
    ['rsa', ['-m', 'PEM']],
  ])('takes out a key of %s, also where a log has only a part of it', (type, more) => {
    const path = join(temporaryFolder('key'), 'key');
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', path, ...more]);
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    const body = lines.slice(1, -1);
    for (const [from, to] of [
      [0, lines.length],
      [2, lines.length],
      [0, lines.length - 2],
      [1, lines.length - 1],
    ] as const) {
      const part = lines.slice(from, to);
      const clean = redact(`first\n${part.join('\n')}\nlast line`, []);
      for (const line of body) expect(clean).not.toContain(line);
      expect(clean).toMatch(/^first\n\[redacted\]\n(?:\[redacted\]\n)?last line$/);
    }
    const inJson = JSON.stringify({ key: readFileSync(path, 'utf8'), node: 'worker-1' });
    expect(redact(inJson, [])).not.toContain(body[1]);
    expect(redact(inJson, [])).toContain('worker-1');
  });

  it('takes out known secrets wherever they stand', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string(), fc.string(), (known, before, after) => {
        fc.pre(!'[redacted]'.includes(known) && !/^\s*$/.test(known));
        expect(redact(`${before}\n${known}\n${after}`, [known])).not.toContain(`\n${known}\n`);
      }),
    );
  });

  it('never fails, and takes as long as the text is long', () => {
    const piece = fc.constantFrom(
      'secret',
      '=',
      ' ',
      'token',
      '"',
      '://',
      '@',
      ':',
      '-----BEGIN PRIVATE KEY-----',
      '-----END PRIVATE KEY-----',
      '\n',
      'A'.repeat(64),
      '--password',
      '.',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const clean = redact(pieces.join(''), []);
        expect(clean).not.toMatch(/-----BEGIN PRIVATE KEY/);
        expect(clean).not.toMatch(/-----END PRIVATE KEY/);
      }),
    );
    // Each of these is where a search that begins anew at each letter takes minutes.
    for (const one of [
      'secret',
      'a',
      '-----BEGIN PRIVATE KEY-----\n',
      '://',
      '://a:',
      'password ',
      'eyJ',
      '-a',
      'Basic ',
      '.secret',
      'authorization: ',
    ])
      expect(redact(one.repeat(Math.floor(1_000_000 / one.length)), []).length).toBeGreaterThan(0);
  });
});
