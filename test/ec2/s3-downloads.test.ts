import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, type Person } from '../helpers/ec2/account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { S3Store } from '../helpers/s3-store.ts';

const archive = 'spark-4.1.4-bin-hadoop3.tgz';

describe('Spark that is downloaded from S3', () => {
  let account: Account;
  let person: Person;
  let store: S3Store;
  beforeAll(async () => {
    account = await Account.open();
    await account.reset();
    person = account.person();
    store = S3Store.at(account.lab.s3Endpoint);
    const reply = await fetch(`${account.lab.downloads.light}/spark/spark-4.1.4/${archive}`);
    const content = new Uint8Array(await reply.arrayBuffer());
    const sum = createHash('sha512').update(content).digest('hex');
    for (const bucket of ['software', 'denied-software']) {
      await store.createBucket(bucket);
      // A key that has to be written in another way in a URL.
      await store.put(bucket, `our%20spark/${archive}`, content);
      await store.put(bucket, `our%20spark/${archive}.sha512`, `${sum}  ${archive}\n`);
    }
    await account.createInstanceProfile('Software');
  });
  afterAll(() => account.reset());

  const values = (bucket: string): ReturnType<Person['values']> =>
    person.values({
      ec2InstanceProfileName: 'Software',
      sparkDownloadSource: `s3://${bucket}/our%20spark/`,
      sparkDefaults: { 'spark.hadoop.fs.s3a.endpoint': account.lab.s3Endpoint },
    });

  it('is fetched by each node with the role of its instance profile', async () => {
    const host = new RecordingHost();
    const { cluster } = await person.open(host).launch('fetched', { values: values('software') });
    expect(host.of('warning')).toEqual([]);
    const asked = (await account.lab.s3Requests()).filter(
      ({ method, path }) => method === 'GET' && path.endsWith('.tgz'),
    );
    const nodes = [cluster.master, ...cluster.workers].map((node) => node?.address ?? '');
    expect(asked.map(({ client }) => client).sort()).toEqual(nodes.sort());
    for (const { key } of asked) expect(key).toMatch(/^ASIALAB/);
    await person.open().destroy('fetched', { values: { provider: 'ec2' } });
  });

  it('comes from Apache where the role may not read the bucket, and the node says so', async () => {
    const host = new RecordingHost();
    await person.open(host).launch('elsewhere', { values: values('denied-software') });
    const said = host.of('node.trouble').map(({ message }) => message);
    expect(said).toContainEqual(expect.stringMatching(/denied-software.* HTTP 403/));
    await person.open().destroy('elsewhere', { values: { provider: 'ec2' } });
  });

  it('is warned of if the nodes have no credentials', async () => {
    const { ok, problems } = await person.open().plan('public', {
      values: { ...values('software'), ec2InstanceProfileName: undefined },
    });
    expect(ok).toBe(true);
    expect(problems).toMatchObject([
      {
        severity: 'warning',
        key: 'services.spark.download-source',
        remedies: [{ action: { option: 'providers.ec2.instance-profile-name' } }],
      },
    ]);
  });
});
