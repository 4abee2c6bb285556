import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, type Person } from '../helpers/ec2/account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import {
  type Authority,
  type ForwardProxy,
  type LocalServer,
  makeAuthority,
  passOn,
  serveHttp,
  serveHttps,
  startProxy,
} from '../helpers/web.ts';
import { images } from '../lab/images.ts';

// AWS as it is reached from inside a company: by a proxy with a login, which reads what is encrypted.
let account: Account;
let person: Person;
let authority: Authority;
let gateway: LocalServer;
let proxy: ForwardProxy;
let env: Record<string, string | undefined>;

beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person();
  authority = makeAuthority(temporaryFolder('authority'));
  const toAws = passOn(account.lab.endpoint);
  gateway = await serveHttps(authority, (asked, answer) => {
    if (asked.headers.host === 'checkip.amazonaws.com') answer.end('198.51.100.77\n');
    else toAws(asked, answer);
  });
  proxy = await startProxy('me:p@ss', () => gateway.port);
  env = {
    // A name that only the proxy knows.
    AWS_ENDPOINT_URL: 'https://aws.example.com',
    HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${proxy.port}`,
    AWS_CA_BUNDLE: authority.file,
  };
});
afterAll(async () => {
  gateway.close();
  proxy.close();
  await account.reset();
});

const values = { provider: 'ec2' } as const;

it('AWS and the address look-up go through the proxy', async () => {
  const open = person.open(new RecordingHost(), { ...env, FLINTROCK_CLIENT_ADDRESS: undefined });
  expect((await open.describe(undefined, { values })).clusters).toEqual([]);
  const plan = await open.plan('inside', { values: person.values() });
  expect(plan.changes.join(' ')).toContain('198.51.100.77/32');
  expect(new Set(proxy.asked.splice(0))).toEqual(
    new Set(['CONNECT aws.example.com:443', 'CONNECT checkip.amazonaws.com:443']),
  );
});

it('nodes download by a proxy of their own', async () => {
  const mirror = await serveHttp(passOn(account.lab.downloads.root));
  // Where nodes reach it.
  const address = new URL(account.lab.downloads.root).hostname;
  const theirs = await startProxy('', () => mirror.port, undefined, address);
  const ec2HttpProxy = `http://${address}:${theirs.port}`;
  // A name that only the proxy knows. The client's own proxy is no matter of the nodes.
  const own = await startProxy('me:p@ss', () => mirror.port);
  const open = person.open(new RecordingHost(), {
    HTTP_PROXY: `http://me:p%40ss@127.0.0.1:${own.port}`,
    NO_PROXY: '127.0.0.1',
    FLINTROCK_APACHE_MIRRORS: 'http://mirror.example.com/light',
  });
  try {
    const values = person.values({ ec2HttpProxy, ec2Ami: images.debianJava });
    await (await open.prepareLaunch('inside', { values })).launch();
    const archive = `GET http://mirror.example.com/light/spark/spark-${account.lab.sparkVersion}/spark-${account.lab.sparkVersion}-bin-hadoop3.tgz`;
    expect(theirs.asked.filter((one) => one === archive)).toHaveLength(2);
    // Whoever works on a node has it too.
    const said = new RecordingHost();
    await person
      .open(said)
      .runCommand('inside', 'echo "$http_proxy $https_proxy $no_proxy"', { values });
    const line = `${ec2HttpProxy} ${ec2HttpProxy} localhost,127.0.0.1,169.254.169.254,.internal`;
    expect(said.stdout().split('\n').filter(Boolean)).toEqual([line, line]);
  } finally {
    await account.reset();
    theirs.close();
    own.close();
    mirror.close();
  }
});

it('the profile names the authority', async () => {
  mkdirSync(join(person.home, '.aws'));
  writeFileSync(join(person.home, '.aws', 'config'), `[default]\nca_bundle = ${authority.file}\n`);
  const open = person.open(new RecordingHost(), { ...env, AWS_CA_BUNDLE: undefined });
  expect((await open.describe(undefined, { values })).clusters).toEqual([]);
});

describe('what fails before AWS is asked is not told as AWS’s refusal', () => {
  it.each<[string, () => Record<string, string | undefined>, RegExp]>([
    [
      'a certificate',
      () => ({ AWS_CA_BUNDLE: '/dev/null' }),
      /certificate of AWS, or of a proxy, is not trusted/,
    ],
    [
      'the proxy’s login',
      () => ({ HTTPS_PROXY: `http://me:wrong@127.0.0.1:${proxy.port}` }),
      /proxy requires a valid user name and password/,
    ],
    [
      'a proxy that is not there',
      () => ({ HTTPS_PROXY: 'http://127.0.0.1:9' }),
      /can’t be reached/,
    ],
    ['no proxy', () => ({ NO_PROXY: 'example.com' }), /can’t be reached/],
  ])('%s', async (_, changes, message) => {
    await expect(
      person.open(new RecordingHost(), { ...env, ...changes() }).describe('x', { values }),
    ).rejects.toMatchObject({
      code: 'AWS_UNREACHABLE',
      message: expect.stringMatching(message) as string,
    });
  });

  it('a file of authorities that is not there', async () => {
    const open = person.open(new RecordingHost(), { ...env, AWS_CA_BUNDLE: '/nowhere/ca.pem' });
    await expect(open.describe('x', { values })).rejects.toMatchObject({
      message: expect.stringContaining('AWS_CA_BUNDLE can’t be read: /nowhere/ca.pem') as string,
    });
  });
});
