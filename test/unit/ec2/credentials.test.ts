import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WorkContext } from '../../../src/engine/provider.ts';
import { CredentialSource } from '../../../src/providers/ec2/api/credentials.ts';
import * as sdk from '../../../src/providers/ec2/api/sdk.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const home = temporaryFolder('credentials');
mkdirSync(join(home, '.aws'));
const serial = 'arn:aws:iam::123456789012:mfa/me';
writeFileSync(
  join(home, '.aws', 'config'),
  `[profile admin]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = base
mfa_serial = ${serial}
`,
);
writeFileSync(
  join(home, '.aws', 'credentials'),
  `[base]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = secret
`,
);

/** STS as far as devices are concerned (STS API Reference, "AssumeRole"): it takes the one code. */
let sts: Server;
let calls: number;
beforeEach(async () => {
  calls = 0;
  sts = createServer((asked, answer) => {
    let body = '';
    asked.setEncoding('utf8').on('data', (text: string) => (body += text));
    asked.on('end', () => {
      calls += 1;
      const isRight = new URLSearchParams(body).get('TokenCode') === '123456';
      const xmlns = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"';
      answer.writeHead(isRight ? 200 : 403, { 'content-type': 'text/xml' });
      answer.end(
        isRight
          ? `<AssumeRoleResponse ${xmlns}><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>a:b</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/Admin/b</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>`
          : `<ErrorResponse ${xmlns}><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>MultiFactorAuthentication failed with invalid MFA one time pass code. </Message></Error></ErrorResponse>`,
      );
    });
  });
  await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${(sts.address() as AddressInfo).port}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  sts.close();
});

/** A source whose user gives these answers. */
function source(answers: (string | null)[], env: Record<string, string> = {}, profile?: string) {
  const asked: string[] = [];
  const ask = (({ message }: { message: string }) => {
    asked.push(message);
    return Promise.resolve(answers.shift() ?? null);
  }) as WorkContext['ask'];
  const made = new CredentialSource(profile, { env, home }, ask);
  const find = async (): Promise<unknown> => {
    const found = made.find(sdk, { region: 'us-east-1' });
    return typeof found === 'function' ? found() : found;
  };
  return { asked, find };
}

describe('a profile with an MFA device', () => {
  it('asks for the code once for all regions', async () => {
    const { asked, find } = source(['123456'], {}, 'admin');
    const found = await Promise.all([find(), find()]);
    for (const one of [...found, await find()]) expect(one).toMatchObject({ accessKeyId: 'ASIA' });
    expect([asked, calls]).toEqual([[`MFA code of ${serial}:`], 1]);
  });

  it('asks again for a code that was wrong, twice', async () => {
    const right = source(['000000', '123 456'], {}, 'admin');
    expect(await right.find()).toMatchObject({ accessKeyId: 'ASIA' });
    expect(right.asked[1]).toBe(`The MFA code was rejected. New MFA code of ${serial}:`);
    const wrong = source(['1', '2', '3', '123456'], {}, 'admin');
    await expect(wrong.find()).rejects.toMatchObject({
      code: 'AWS_CREDENTIALS_INVALID',
      message: 'AWS rejected the MFA code.',
    });
    expect(wrong.asked).toHaveLength(3);
  });

  it('says how to do without, where nobody can be asked', async () => {
    await expect(source([], { AWS_PROFILE: 'admin' }).find()).rejects.toMatchObject({
      code: 'AWS_MFA_REQUIRED',
      details: { profile: 'admin', serial },
      remedies: [{}, { action: { program: expect.arrayContaining(['export-credentials']) as [] } }],
    });
    expect(calls).toBe(0);
  });
});

it('names a profile that doesn’t exist', async () => {
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  for (const made of [source([], { AWS_PROFILE: 'nope' }), source([], {}, 'nope')])
    await expect(made.find()).rejects.toMatchObject({
      name: 'CredentialsProviderError',
      message: 'the AWS profile "nope" doesn’t exist, or has no credentials.',
    });
});

it.each([
  ['AWS_ACCESS_KEY_ID', 'AKIA\r', 'a carriage return (at character 5)'],
  ['AWS_ACCESS_KEY_ID', ' AKIA', 'a space (at character 1)'],
  ['AWS_SECRET_ACCESS_KEY', 'abc\n', 'a line feed (at character 4)'],
  ['AWS_SESSION_TOKEN', 'tok\t', 'a tab (at character 4)'],
])('names white space in %s', async (variable, value, what) => {
  const env = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'abc', [variable]: value };
  await expect(source([], env).find()).rejects.toMatchObject({
    code: 'AWS_CREDENTIALS_INVALID',
    message: `The environment variable ${variable} contains ${what}.`,
  });
});
