import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { umask } from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { daemonEnvironment } from '../../../src/providers/local/daemons/environment.ts';
import { makePrivateFolder } from '../../../src/providers/local/records/records.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const before = umask(0o022);
afterEach(() => umask(before));

describe('makePrivateFolder', () => {
  it.each([0o000, 0o022, 0o077, 0o027])('is the owner’s only under the umask %o', async (mask) => {
    const root = temporaryFolder('private');
    umask(mask);
    await makePrivateFolder(join(root, 'a', 'b'));
    for (const path of ['a', 'a/b']) expect(statSync(join(root, path)).mode & 0o777).toBe(0o700);
  });

  it('takes away what an older version left to others', async () => {
    const path = join(temporaryFolder('private'), 'a');
    mkdirSync(path);
    chmodSync(path, 0o777);
    await makePrivateFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });
});

describe('daemonEnvironment', () => {
  it('has nothing that opens doors elsewhere, and all else', () => {
    const cluster = {
      folder: '/none',
      nodes: [],
      record: { spark: { home: '/none', version: '4.1.4' }, java: { home: '/java' }, python: null },
    } as unknown as Parameters<typeof daemonEnvironment>[0];
    const secret = [
      ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'GITHUB_TOKEN', 'token'],
      ...['NPM_TOKEN_2', 'DB_PASSWORD', 'MY_SECRET_X', 'OPENAI_API_KEY', 'GOOGLE_CREDENTIALS'],
    ];
    const harmless = [
      'PATH',
      'HOME',
      'LANG',
      'TOKENIZERS_PARALLELISM',
      'KEYBOARD',
      'LD_LIBRARY_PATH',
    ];
    const env = Object.fromEntries([...secret, ...harmless].map((name) => [name, 'x']));
    const given = Object.keys(daemonEnvironment(cluster, { env, platform: 'linux' }));
    expect(given.filter((name) => secret.includes(name))).toEqual([]);
    expect(given).toEqual(expect.arrayContaining(harmless));
  });
});
