import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hdfsStatusPath, parseHdfsStatus } from '../../src/node/services/hdfs.ts';
import { Account, errorOf, type Person, tag } from '../helpers/ec2/account.ts';
import { hintOf } from '../helpers/ec2/hints.ts';
import { policyFaults } from '../helpers/ec2/policy.ts';
import { ActingHost, RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';
import { hadoopVersion } from '../lab/prepare.mjs';

// One cluster with real Spark and real HDFS, in order: each test goes on where the one before ended.
let account: Account;
let person: Person;
beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person({ FLINTROCK_APACHE_MIRRORS: account.lab.downloads.full });
});
afterAll(() => account.reset());

const ec2 = { values: { provider: 'ec2' } } as const;

/** What a command printed on the master, as the user who logs in runs it. */
async function onMaster(command: string): Promise<string> {
  const host = new RecordingHost();
  const { nodes } = await person
    .open(host)
    .runCommand('data', `${command} 2>/tmp/errors || { cat /tmp/errors; exit 1; }`, {
      ...ec2,
      masterOnly: true,
    });
  const lines = host.of('command.output').map(({ line }) => line);
  expect(nodes, lines.join('\n')).toMatchObject([{ exitCode: 0 }]);
  return lines.join('\n');
}

/** What the NameNode says on one of its pages; Hadoop's programs take seconds to start. */
function page(path: string, then = 'cat'): Promise<string> {
  return onMaster(`curl -sSfL "http://$(hostname -I | tr -d ' '):9870${path}" | ${then}`);
}

/** What HDFS's own check says of its files, on how many workers each block is, and what is in the file that was put there first. */
async function health(): Promise<{ status: string; copies: string[]; sum: string }> {
  const text = await page('/fsck?ugi=hdfs&path=/&files=1&blocks=1');
  const copies = [...text.matchAll(/Live_repl=(\d+)/g)].map(([, number = '']) => number);
  return {
    status: /Status: (.*)/.exec(text)?.[1] ?? '',
    copies: [...new Set(copies)],
    sum: (await page('/webhdfs/v1/kept?op=OPEN', 'sha256sum')).slice(0, 64),
  };
}

/** What the NameNode calls each worker's DataNode. */
async function dataNodes(): Promise<string[]> {
  return (parseHdfsStatus(await page(hdfsStatusPath))?.dataNodes ?? []).map(({ state }) => state);
}

/** A command that changes something over WebHDFS; what it asks for a file is done by a DataNode, to which it is sent on. */
function change(what: string): string {
  return `curl -sSfL -X PUT "http://$(hostname -I | tr -d ' '):9870/webhdfs/v1/${what}"`;
}

/** Puts a new file there, in blocks of a mebibyte. */
async function put(name: string, mebibytes: number): Promise<void> {
  await onMaster(
    `head -c ${mebibytes}M /dev/urandom >/tmp/${name} && ${change(`${name}?op=CREATE&overwrite=true&blocksize=1048576`)} -T /tmp/${name}`,
  );
}

/** Begins to remove a worker, and stops as soon as that is on its way. */
async function interruptRemoval(): Promise<void> {
  const controller = new AbortController();
  const host = new ActingHost(({ code }) => {
    if (code === 'node.draining') controller.abort();
  });
  const { signal } = controller;
  await errorOf(person.open(host).removeWorkers('data', 1, { ...ec2, signal }), 'ABORTED');
}

/** Has somebody write into the tags that there is no HDFS: whether data may be lost, the launch's record says. */
async function withoutHdfsTag(): Promise<{ restore: () => Promise<void> }> {
  const instances = await account.instances('data');
  const ids = instances.flatMap(({ InstanceId }) => InstanceId ?? []);
  const software = instances.map((one) => tag(one, 'flintrock-software')).find(Boolean) ?? '';
  expect(software).toContain('hdfs=');
  const spark = software.split(' ').filter((entry) => !entry.startsWith('hdfs='));
  await account.tag(ids, { 'flintrock-software': spark.join(' ') });
  return { restore: () => account.tag(ids, { 'flintrock-software': software }) };
}

describe('a cluster with HDFS', () => {
  inSteps();
  let sum = '';

  it('keeps files, each on two workers', async () => {
    const { cluster } = await person.open().launch('data', {
      values: person.values({
        numWorkers: 2,
        installHdfs: true,
        hdfsVersion: hadoopVersion,
        // With disks that are blank after a stop.
        ec2InstanceType: 'm5d.large',
      }),
    });
    expect(cluster.services).toMatchObject([{ name: 'spark' }, { name: 'hdfs', healthy: true }]);
    await put('kept', 3);
    sum = (await onMaster('sha256sum /tmp/kept')).slice(0, 64);
    expect(await health()).toEqual({ status: 'HEALTHY', copies: ['2'], sum });
  });

  it('refuses to shrink below the copies that HDFS keeps', async () => {
    const tags = await withoutHdfsTag();
    await account.lab.resetCalls();
    const error = await errorOf(person.open().removeWorkers('data', 1, ec2), 'CLUSTER_STATE_UNFIT');
    expect(error.message).toBe(
      'HDFS on "data" replicates files to 2 workers, but only 1 would remain; none can be removed now.',
    );
    expect(hintOf(error)).toContain('"hdfs dfs -setrep 1 /"');
    const changed = (await account.changes()).map(({ action }) => action);
    expect(changed.filter((action) => !action.endsWith('SecurityGroup'))).not.toContain(
      'CreateTags',
    );
    expect(await onMaster('cat /var/lib/hadoop/excluded')).toBe('');
    await tags.restore();
  });

  it('has a new worker that HDFS uses, though one with its address left before', async () => {
    const [seen] = (await person.open().describe('data', ec2)).clusters;
    const addresses = (seen?.workers ?? []).map(({ address }) => address ?? '');
    // The lab gives them in order.
    const next = (addresses.sort().at(-1) ?? '').replace(/\d+$/, (digits) =>
      String(Number(digits) + 1),
    );
    await onMaster(`echo ${next} | sudo tee /var/lib/hadoop/excluded >/dev/null`);
    await onMaster('sudo -u hdfs /usr/local/bin/hdfs dfsadmin -refreshNodes');

    const host = new RecordingHost();
    const { added, cluster } = await person.open(host).addWorkers('data', 1, ec2);
    expect(added).toEqual(['worker-3']);
    expect(cluster.workers.at(-1)?.address).toBe(next);
    expect(host.of('warning')).toMatchObject([
      {
        message: 'HDFS has no data on worker-3 yet.',
        remedies: [
          {
            action: { verb: 'runCommand', options: { command: 'hdfs balancer', masterOnly: true } },
          },
        ],
      },
    ]);
    expect(await dataNodes()).toEqual(['in service', 'in service', 'in service']);
    expect(await onMaster('cat /var/lib/hadoop/excluded')).toBe('');
    expect(await onMaster('hdfs balancer')).toContain('Balancing took');
  });

  it('keeps workers whose data can’t move in time', async () => {
    const host = new RecordingHost();
    const before = await account.instances('data');
    // Some of so many are on the newest worker.
    await put('more', 8);
    const error = await errorOf(
      person.open(host).removeWorkers('data', 1, { ...ec2, drainSeconds: 0 }),
      'WAIT_TIMEOUT',
    );
    expect(error.message).toContain('No worker was removed');
    expect(hintOf(error)).toContain('--num-workers 1 --drain-seconds 3600');
    expect(await account.instances('data')).toHaveLength(before.length);
    expect(await onMaster('cat /var/lib/hadoop/excluded')).toBe('');
    await expect
      .poll(
        async () => {
          const [seen] = (await person.open().describe('data', ec2)).clusters;
          return [seen?.state, seen?.reason, ...(seen?.workers ?? []).map(({ state }) => state)];
        },
        { timeout: 60_000, interval: 1_000 },
      )
      .toEqual(['running', null, 'running', 'running', 'running']);
  });

  it('takes a worker back whose removal was interrupted, rather than replace it', async () => {
    await interruptRemoval();
    const repaired = await person.open().repair('data', ec2);
    expect(repaired).toMatchObject({ changed: true, replaced: [], added: [] });
    expect(repaired.cluster.state).toBe('running');
    expect(await dataNodes()).toEqual(['in service', 'in service', 'in service']);
  });

  it('moves data away before a worker goes, also after an interruption', async () => {
    await account.lab.resetCalls();
    await interruptRemoval();
    const [seen] = (await person.open().describe('data', ec2)).clusters;
    expect(seen).toMatchObject({
      state: 'degraded',
      reason: 'worker-3: its removal was interrupted',
    });

    const host = new RecordingHost();
    const { removed, cluster } = await person.open(host).removeWorkers('data', 1, ec2);
    expect(removed).toEqual(['worker-3']);
    expect(cluster.workers.map(({ name }) => name)).toEqual(['worker-1', 'worker-2']);
    const drained = host.of('node.draining');
    // How many are left by now, nobody knows: they went on moving.
    expect(drained[0]?.blocksToMove).toEqual(expect.any(Number));
    expect(drained.at(-1)).toMatchObject({ coresInUse: 0, blocksToMove: 0 });
    expect(policyFaults(await account.calls())).toEqual([]);
    expect(await health()).toEqual({ status: 'HEALTHY', copies: ['2'], sum });
  });

  it('shrinks once HDFS keeps fewer copies', async () => {
    await onMaster('hdfs dfs -setrep 1 /');
    const { removed } = await person.open().removeWorkers('data', 1, ec2);
    expect(removed).toEqual(['worker-2']);
    expect(await health()).toEqual({ status: 'HEALTHY', copies: ['1'], sum });
    const error = await errorOf(person.open().removeWorkers('data', 1, ec2), 'CLUSTER_STATE_UNFIT');
    expect(error.message).toContain('none would remain; none can be removed now');
  });

  it('is stopped only if its data may be lost, which is there again if the disks were not blank', async () => {
    const tags = await withoutHdfsTag();
    const error = await errorOf(person.open().stop('data', ec2), 'CLUSTER_STATE_UNFIT');
    await tags.restore();
    expect(error.message).toBe(
      'HDFS on "data" keeps its data on instance store volumes, which are erased when the cluster stops.',
    );
    expect(hintOf(error)).toContain('flintrock stop data --discard-hdfs-data');
    const asked = new RecordingHost({ 'stop.discardHdfsData': true });
    await person.open(asked).stop('data', ec2);
    expect(asked.questions.map(({ code }) => code)).toEqual([
      'stop.confirm',
      'stop.discardHdfsData',
    ]);
    const host = new RecordingHost();
    await person.open(host).start('data', ec2);
    expect(host.of('warning')).toEqual([]);
    expect(await health()).toEqual({ status: 'HEALTHY', copies: ['1'], sum });
  });

  it('is made anew, empty, when all its disks were blank', async () => {
    await onMaster(change('kept-folder?op=MKDIRS'));
    const { nodes } = await person
      .open()
      .runCommand(
        'data',
        'sudo systemctl stop flintrock-hdfs-datanode; sudo rm -rf /media/root/hdfs',
        ec2,
      );
    expect(nodes.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    await person.open().stop('data', { ...ec2, discardHdfsData: true });
    const host = new RecordingHost();
    const { cluster } = await person.open(host).start('data', ec2);
    expect(cluster.services).toMatchObject([{ name: 'spark' }, { name: 'hdfs', healthy: true }]);
    expect(host.of('warning')).toMatchObject([
      { message: expect.stringContaining('HDFS on "data" was recreated empty') as string },
    ]);
    expect(JSON.parse(await page('/webhdfs/v1/?op=LISTSTATUS'))).toEqual({
      FileStatuses: { FileStatus: [] },
    });
    await put('kept', 3);
    sum = (await onMaster('sha256sum /tmp/kept')).slice(0, 64);
    expect((await health()).sum).toBe(sum);
    expect(policyFaults(await account.calls())).toEqual([]);
  });

  it('says which blocks have too few copies', async () => {
    // Two copies are asked for, and there is one worker.
    const blocks = async (): Promise<unknown> => {
      const [seen] = (await person.open().describe('data', ec2)).clusters;
      return seen?.services.find(({ name }) => name === 'hdfs')?.blocks;
    };
    await expect
      .poll(blocks, { timeout: 30_000, interval: 1_000 })
      .toEqual({ total: 3, missing: 0, underReplicated: 3 });
  });
});
