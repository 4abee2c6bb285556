import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Flintrock } from '../../../src/index.ts';
import { isAwsConfigured } from '../../../src/providers/ec2/api/is-aws-configured.ts';
import { profileNames, sharedProfile } from '../../../src/providers/ec2/api/shared-config.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const home = temporaryFolder('aws');
const env = {
  AWS_CONFIG_FILE: join(home, 'config'),
  AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
};

it('there is no profile, and no reason to ask AWS, where there is no file', async () => {
  expect(await profileNames({ env, home })).toEqual([]);
  expect(await isAwsConfigured({ env, home })).toBe(false);
});

it('profiles are the sections of both files, but for those that are something else', async () => {
  writeFileSync(
    env.AWS_CONFIG_FILE,
    '[default]\nregion = eu-west-1\n[profile team.dev]\nregion = eu-north-1\n[sso-session corp]\n[services local]\n',
  );
  writeFileSync(env.AWS_SHARED_CREDENTIALS_FILE, '[prod]\naws_access_key_id = x\n');
  expect(await profileNames({ env, home })).toEqual(['default', 'prod', 'team.dev']);
  expect(await isAwsConfigured({ env, home })).toBe(true);
  expect(await sharedProfile(undefined, { env, home })).toEqual({ region: 'eu-west-1' });
});

it('an unknown profile is an error that names those that there are', async () => {
  await expect(sharedProfile('nope', { env, home })).rejects.toMatchObject({
    code: 'AWS_CREDENTIALS_MISSING',
    remedies: [{ text: expect.stringContaining('default, prod, team.dev') as string }],
  });
});

it('profiles and regions can be chosen from before there are credentials', async () => {
  const flintrock = new Flintrock({ surroundings: { env, home, cwd: home } });
  const values = (choices: readonly { readonly value: string }[]) =>
    choices.map(({ value }) => value);
  expect(values(await flintrock.choices('ec2Profile'))).toEqual(['default', 'prod', 'team.dev']);
  expect(values(await flintrock.choices('ec2Region'))).toContain('eu-north-1');
});
