import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, type Person } from '../helpers/ec2/account.ts';
import { inTerminal } from '../helpers/pseudo-terminal.ts';

// What is typed on a real terminal, and is no cluster's business: a passphrase, a code of a device.
let account: Account;
let person: Person;
let plan: string[];

beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person();
  const file = join(person.home, 'locked.pem');
  copyFileSync(account.lab.keyPair.privateKeyFile, file);
  execFileSync('ssh-keygen', ['-q', '-p', '-N', 'open sesame', '-f', file]);
  const values = {
    'num-workers': '1',
    'ec2-key-name': account.lab.keyPair.name,
    'ec2-identity-file': file,
  };
  plan = [
    'plan',
    'typed',
    '--provider',
    'ec2',
    ...Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]),
  ];
});
afterAll(() => account.reset());

describe('a passphrase', () => {
  const question = 'assphrase';

  it('is typed, and not shown', async () => {
    const { screen, code } = await inTerminal(person, plan, question, 'open sesame\r');
    expect([code, screen]).toEqual([0, expect.not.stringContaining('sesame')]);
  });

  it('ends cleanly where the terminal is closed meanwhile', async () => {
    // Not -6, as Node aborts that gives a terminal which is gone its settings back.
    expect((await inTerminal(person, plan, question, null)).code).toBe(-1);
  });
});

describe('a code of an MFA device', () => {
  const describe_ = ['describe', '--provider', 'ec2', '--ec2-profile', 'admin'];
  let user: { home: string; env: Record<string, string | undefined> };
  beforeAll(() => {
    mkdirSync(join(person.home, '.aws'));
    writeFileSync(
      join(person.home, '.aws/config'),
      `[profile base]
region = us-east-1
[profile admin]
region = us-east-1
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/someone
`,
    );
    writeFileSync(
      join(person.home, '.aws/credentials'),
      '[base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI\n',
    );
    const env = { ...person.env };
    delete env['AWS_ACCESS_KEY_ID'];
    delete env['AWS_SECRET_ACCESS_KEY'];
    user = { home: person.home, env };
  });

  it('is asked for, once, and opens the role', async () => {
    const { screen, code } = await inTerminal(user, describe_, 'MFA code of ', '123456\r');
    expect(screen.match(/MFA code/g)).toHaveLength(1);
    expect(screen).not.toMatch(/error/i);
    expect(code).toBe(0);
  });

  it('leaves nothing undone where the terminal is closed meanwhile', async () => {
    expect((await inTerminal(user, describe_, 'MFA code of ', null)).code).toBe(-1);
  });
});
