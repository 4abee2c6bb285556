import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DescribeInstancesCommand,
  EC2Client,
  type Instance,
  RebootInstancesCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { nodePhases } from '../../src/model/events.ts';
import { fingerprint, publicKeyBlob } from '../../src/model/ssh/key.ts';
import { type BeaconEvent, parseBeaconLine } from '../../src/node/beacon/events.ts';
import { parseBeaconStatus } from '../../src/node/beacon/status.ts';
import { beaconPrograms, bootstrapScript } from '../../src/node/bootstrap/bootstrap.ts';
import { makeSshKey } from '../../src/node/bootstrap/host-key.ts';
import { buildUserData } from '../../src/node/bootstrap/user-data.ts';
import {
  beaconCommands,
  bootstrapCommand,
  nodeLayout,
  nodePorts,
  nodeUnits,
  provideCommand,
} from '../../src/node/layout.ts';
import {
  parseSparkStatus,
  type SparkStatus,
  sparkStatusPath,
} from '../../src/node/services/spark.ts';
import type { NodeSettings } from '../../src/node/settings.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { nodeSettings } from '../unit/node/node-settings.ts';
import { images } from './images.ts';
import { type Lab, openLab } from './lab.ts';

let lab: Lab;
let ec2: EC2Client;
const children: ChildProcessByStdio<Writable, Readable, null>[] = [];

beforeAll(async () => {
  lab = await openLab();
  ec2 = new EC2Client({
    endpoint: lab.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
    maxAttempts: 1,
  });
});

beforeEach(async () => {
  await lab.reset();
  await lab.settings({ pendingSeconds: 0.2, bootSeconds: 0.1 });
});

afterAll(async () => {
  for (const child of children) child.kill();
  await lab.reset();
});

/** Settings with Spark's stand-in, after a source that has nothing. */
function settings(changes: Partial<NodeSettings> = {}): NodeSettings {
  const archive = `spark/spark-${lab.sparkVersion}/spark-${lab.sparkVersion}-bin-hadoop3.tgz`;
  return nodeSettings({
    authorizedKey: null,
    spark: {
      version: lab.sparkVersion,
      sources: [
        { url: `${lab.downloads.root}/nothing.tgz`, fetch: 'direct' },
        { url: `${lab.downloads.light}/${archive}`, fetch: 'via-master' },
      ],
      sha512: null,
      executorsPerWorker: 1,
      mavenRepository: null,
    },
    ...changes,
  });
}

/** A cluster as a launch makes it, and the client that follows it. */
class Cluster {
  readonly events: BeaconEvent[] = [];
  private child: ChildProcessByStdio<Writable, Readable, null> | undefined;
  constructor(
    readonly settings: NodeSettings,
    readonly nodes: readonly Instance[],
  ) {}

  static async launch(
    settings: NodeSettings,
    count: number,
    own: string | null = null,
    image: string = images.debian,
  ): Promise<Cluster> {
    const group = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: 'flintrock-demo', Description: 'of a test' }),
    );
    const GroupId = group.GroupId ?? '';
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [
          {
            IpProtocol: 'tcp',
            FromPort: 22,
            ToPort: 22,
            IpRanges: [{ CidrIp: `${lab.clientAddress}/32` }],
          },
          { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] },
        ],
      }),
    );
    const data =
      image === images.debianPlain
        ? undefined
        : Buffer.from(buildUserData(settings, own === null ? null : Buffer.from(own)));
    const { Instances = [] } = await ec2.send(
      new RunInstancesCommand({
        ImageId: image,
        InstanceType: 'm5.large',
        MinCount: count,
        MaxCount: count,
        KeyName: lab.keyPair.name,
        SecurityGroupIds: [GroupId],
        MetadataOptions: { HttpTokens: 'required', InstanceMetadataTags: 'enabled' },
        // A stopped machine's console can still be read.
        InstanceInitiatedShutdownBehavior: 'stop',
        ...(data !== undefined && { UserData: data.toString('base64') }),
      }),
    );
    Instances.sort((a, b) => (a.AmiLaunchIndex ?? 0) - (b.AmiLaunchIndex ?? 0));
    await ec2.send(
      new CreateTagsCommand({
        Resources: Instances.map(({ InstanceId = '' }) => InstanceId),
        Tags: [{ Key: 'flintrock-master', Value: Instances[0]?.PrivateIpAddress ?? '' }],
      }),
    );
    return new Cluster(settings, Instances);
  }

  id(index: number): string {
    return this.nodes[index]?.InstanceId ?? '';
  }

  address(index: number): string {
    return this.nodes[index]?.PrivateIpAddress ?? '';
  }

  /** Runs a command line as root on a node. */
  async on(index: number, command: string): Promise<string> {
    const { stdout } = await lab.exec(this.id(index), command);
    return stdout.trim();
  }

  /** Starts a command over SSH on the master, as the login user, who knows the host key from the start. */
  async ssh(command: string): Promise<ChildProcessByStdio<Writable, Readable, null>> {
    const known = join(temporaryFolder('ssh'), 'known_hosts');
    writeFileSync(known, `cluster ${this.settings.hostKey.publicKey}\n`);
    const address = await until(async () => {
      const { Reservations } = await ec2.send(
        new DescribeInstancesCommand({ InstanceIds: [this.id(0)] }),
      );
      return Reservations?.[0]?.Instances?.[0]?.PublicIpAddress;
    });
    await until(async () =>
      (await this.on(0, 'systemctl is-active ssh; test -e /run/nologin || echo open')) ===
      'active\nopen'
        ? true
        : undefined,
    );
    const options = [
      'HostKeyAlias=cluster',
      `UserKnownHostsFile=${known}`,
      'StrictHostKeyChecking=yes',
      'BatchMode=yes',
      'LogLevel=ERROR',
      `IdentityFile=${lab.keyPair.privateKeyFile}`,
    ].flatMap((option) => ['-o', option]);
    const child = spawn('ssh', [...options, `ec2-user@${address}`, command], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  }

  /** Runs a command over SSH to its end. */
  async run(command: string, input = ''): Promise<string> {
    const child = await this.ssh(command);
    child.stdin.end(input);
    let text = '';
    for await (const part of child.stdout) text += String(part);
    return text;
  }

  async follow(): Promise<void> {
    this.child = await this.ssh(beaconCommands.follow);
    this.child.stdin.on('error', () => undefined);
    const timer = setInterval(() => this.child?.stdin.write('here\n'), 1000);
    this.child.once('exit', () => clearInterval(timer));
    createInterface(this.child.stdout).on('line', (line) => {
      const event = parseBeaconLine(line);
      if (event !== undefined) this.events.push(event);
    });
  }

  of(index: number): BeaconEvent[] {
    return this.events.filter((event) => 'node' in event && event.node === this.id(index));
  }

  async allAlive(): Promise<void> {
    await until(() =>
      Promise.resolve(
        this.nodes.every((_, index) =>
          this.of(index).some((event) => event.kind === 'phase' && event.phase === 'alive'),
        )
          ? true
          : this.events.some(({ kind }) => kind === 'trouble')
            ? false
            : undefined,
      ),
    );
    expect(this.events.filter(({ kind }) => kind === 'trouble')).toEqual([]);
  }

  async spark(): Promise<SparkStatus | undefined> {
    const page = await this.on(
      0,
      `curl -s -m 3 http://${this.address(0)}:${nodePorts.masterUi}${sparkStatusPath}`,
    );
    return page === '' ? undefined : parseSparkStatus(page);
  }

  async workersAlive(count: number): Promise<void> {
    await until(async () =>
      (await this.spark())?.workers.filter(({ alive }) => alive).length === count
        ? true
        : undefined,
    );
  }
}

async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 900; tries += 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('This did not happen in time.');
}

// In the order in which things happen: a cluster is expensive.
test('a cluster builds itself, lives through what may happen, and knows when its launch is over', async () => {
  const own = `#!/bin/bash
systemctl is-active ${nodeUnits.sparkMaster} ${nodeUnits.sparkWorker} >/own-saw
sleep 3
touch /own-ran
exit 3
`;
  const cluster = await Cluster.launch(settings(), 3, own);
  for (const [file, text] of beaconPrograms) await cluster.run(provideCommand(file), text);
  await cluster.follow();
  await cluster.allAlive();

  // Each node's phases, in order, from the very first; the master is the one with launch index 0.
  for (const index of [0, 1, 2]) {
    const events = cluster.of(index);
    expect(events.map((event) => ('seq' in event ? event.seq : 0))).toEqual(
      events.map((_, at) => at + 1),
    );
    const phases = events.flatMap((event) =>
      event.kind === 'phase' ? [`${event.phase} ${event.state}`] : [],
    );
    expect(phases).toEqual(
      nodePhases.flatMap((phase) => [
        ...(phase === 'alive' ? [] : [`${phase} started`]),
        `${phase} done`,
      ]),
    );
    expect(events[0]).toMatchObject({
      role: index === 0 ? 'master' : 'worker',
      address: cluster.address(index),
    });
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'warning',
        reason: expect.stringContaining(
          'nothing.tgz: the server responded with HTTP 404',
        ) as string,
      }),
    );
  }
  await cluster.workersAlive(2);
  // The key in the user data is the master's alone; each worker has one of its own, and tells the master.
  const shown = await Promise.all(
    [0, 1, 2].map((index) =>
      cluster.on(
        index,
        "ssh-keyscan -t ed25519 127.0.0.1 2>/dev/null | ssh-keygen -lf - | cut -d' ' -f2",
      ),
    ),
  );
  expect(new Set(shown).size).toBe(3);
  expect(shown[0]).toBe(fingerprint(publicKeyBlob(cluster.settings.hostKey.publicKey)));
  for (const [index, print] of shown.entries())
    expect(cluster.of(index)).toContainEqual(
      expect.objectContaining({ kind: 'hostkey', fingerprint: print }),
    );
  const status = parseBeaconStatus(await cluster.run(beaconCommands.status));
  expect([...(status?.hostKeys.values() ?? [])].sort()).toEqual([...shown].sort());
  // That the user's own part failed is told, and stops nothing.
  for (const index of [0, 1, 2])
    expect(cluster.of(index)).toContainEqual(
      expect.objectContaining({
        kind: 'warning',
        phase: 'starting',
        reason: expect.stringMatching(/^your user data failed: .*scripts/) as string,
      }),
    );

  // One download, by the master; metadata never without a token.
  const downloads = (await lab.downloadRequests()).filter(
    ({ path, status }) => status === 200 && path.endsWith('.tgz'),
  );
  expect(downloads.map(({ client }) => client)).toEqual([cluster.address(0)]);
  expect(Object.keys((await lab.metadata()).counts).filter((key) => key.endsWith('401'))).toEqual(
    [],
  );

  // The user's own part ran to its end before any daemon began.
  for (const index of [0, 1, 2]) {
    expect(await cluster.on(index, 'cat /own-saw')).toMatch(/^inactive\s+inactive$/);
    const unit = index === 0 ? nodeUnits.sparkMaster : nodeUnits.sparkWorker;
    expect(
      await cluster.on(
        index,
        `test /own-ran -ot /proc/$(systemctl show -p MainPID --value ${unit}) && echo before`,
      ),
    ).toBe('before');
    // The secret is root's; Spark and the user who logs in read it where they need it.
    expect(
      await cluster.on(
        index,
        `cd ${nodeLayout.libraryFolder}; stat -c '%a %U %G %n' secret settings.sh ${nodeLayout.sparkConfiguration}/spark-defaults.conf`,
      ),
    ).toBe(
      `600 root root secret\n600 root root settings.sh\n640 ec2-user spark ${nodeLayout.sparkConfiguration}/spark-defaults.conf`,
    );
    expect(
      await cluster.on(
        index,
        `grep -rlFf ${nodeLayout.libraryFolder}/secret /etc/systemd /var/log /proc/[0-9]*/cmdline 2>/dev/null | grep -v /self/`,
      ),
    ).toBe('');
    // Nothing listens to the world but sshd.
    expect(
      await cluster.on(
        index,
        `ss -Hltn | awk '{print $4}' | grep -v ${cluster.address(index)}: | grep -v '^127.0.0.1:'`,
      ),
    ).toBe('0.0.0.0:22');
  }
  expect(await cluster.run(`cat ${nodeLayout.sparkConfiguration}/spark-defaults.conf`)).toContain(
    cluster.settings.secret,
  );

  // The launch is finished: every dead-man stays off from now on.
  expect(JSON.parse(await cluster.run(beaconCommands.finish))).toMatchObject({ finished: true });
  for (const index of [0, 1, 2])
    await until(async () =>
      (await cluster.on(
        index,
        `test -e ${nodeLayout.readyFile} && systemctl is-active ${nodeUnits.deadMan}`,
      )) === 'inactive'
        ? true
        : undefined,
    );

  // A killed daemon comes back, so does a rebooted machine.
  const pid = `systemctl show -p MainPID --value ${nodeUnits.sparkWorker}`;
  const before = await cluster.on(1, pid);
  await cluster.on(1, `kill -9 ${before}`);
  await until(async () => (['0', before].includes(await cluster.on(1, pid)) ? undefined : true));
  await cluster.workersAlive(2);
  const boot = await cluster.on(2, 'stat -c %Z /proc/1');
  await ec2.send(new RebootInstancesCommand({ InstanceIds: [cluster.id(2)] }));
  await until(async () => {
    const now = await lab.exec(cluster.id(2), 'stat -c %Z /proc/1').catch(() => undefined);
    return now?.status === 0 && now.stdout.trim() !== boot ? true : undefined;
  });
  await until(async () =>
    (await cluster.on(2, `systemctl is-active ${nodeUnits.sparkWorker}`)) === 'active'
      ? true
      : undefined,
  );
  await cluster.workersAlive(2);
  // The build only sees to it that cloud-init has left the node's host key alone.
  await until(async () =>
    (await cluster.on(2, `systemctl is-active ${nodeUnits.deadMan} ${nodeUnits.build}`)) ===
    'inactive\ninactive'
      ? true
      : undefined,
  );
});

test('a cluster whose client is gone switches itself off, and says why', async () => {
  const cluster = await Cluster.launch(settings({ deadManSeconds: 6 }), 2);
  for (const index of [0, 1])
    await until(async () => {
      const { Reservations } = await ec2.send(
        new DescribeInstancesCommand({ InstanceIds: [cluster.id(index)] }),
      );
      const instance = Reservations?.[0]?.Instances?.[0];
      return instance?.StateReason?.Code === 'Client.InstanceInitiatedShutdown' &&
        instance.State?.Name === 'stopped'
        ? true
        : undefined;
    });
  expect(await lab.console(cluster.id(0))).toMatch(
    /flintrock: switching off: the launch was not completed and its client was silent for \d+ s/,
  );
});

describe('a node', () => {
  test('has all that the user’s own cloud-config says, and the cluster’s host key', async () => {
    const theirs = makeSshKey('theirs');
    const ours = makeSshKey('ours');
    // So much that the beacon's program has no room beside it.
    const own = `#cloud-config
# ${randomBytes(2500).toString('hex')}
ssh_authorized_keys: [${theirs.publicKey}]
ssh_deletekeys: false
ssh_keys:
  rsa_public: ssh-rsa AAAA
  ed25519_private: none
write_files:
- {path: /own-file, content: "größer\\n"}
runcmd:
- [sh, -c, 'cat /own-file >/own-ran']
`;
    const wanted = settings({ authorizedKey: ours.publicKey });
    const cluster = await Cluster.launch(wanted, 1, own);
    const program = `${nodeLayout.libraryFolder}/beacon.py`;
    expect(await cluster.run(`test -e ${program} && echo there`)).toBe('');
    for (const [file, text] of beaconPrograms) await cluster.run(provideCommand(file), text);
    await cluster.follow();
    await cluster.allAlive();
    expect(await cluster.on(0, 'cat /own-ran')).toBe('größer');
    const keys = await cluster.on(0, 'cat ~ec2-user/.ssh/authorized_keys');
    expect(keys).toContain(theirs.publicKey);
    expect(keys).toContain(ours.publicKey);
    // cloud-init makes the public half, with a comment of its own.
    const shown = await cluster.on(0, 'cat /etc/ssh/ssh_host_ed25519_key.pub');
    expect(fingerprint(publicKeyBlob(shown))).toBe(
      fingerprint(publicKeyBlob(wanted.hostKey.publicKey)),
    );
  });

  test('that can’t be built says why, and stays', async () => {
    const wanted = settings();
    const broken = settings({
      spark:
        wanted.spark === null
          ? null
          : { ...wanted.spark, sources: wanted.spark.sources.slice(0, 1) },
    });
    const cluster = await Cluster.launch(broken, 1);
    await cluster.follow();
    const trouble = await until(() =>
      Promise.resolve(cluster.events.find((event) => event.kind === 'trouble')),
    );
    expect(trouble).toMatchObject({
      node: cluster.id(0),
      phase: 'downloading',
      reason: expect.stringMatching(
        /^spark could not be downloaded from \S+nothing\.tgz: the server responded with HTTP 404$/,
      ) as string,
    });
    expect(trouble.log.join('\n')).toContain('nothing.tgz');
    expect(await lab.console(cluster.id(0))).toContain(
      'flintrock: FAILED downloading: spark could not be downloaded',
    );
    expect(await cluster.on(0, 'cat /proc/sys/kernel/ostype')).toBe('Linux');
  });

  test('without cloud-init is built over SSH', async () => {
    const cluster = await Cluster.launch(settings({ role: 'master' }), 1, null, images.debianPlain);
    const over = { ...cluster.settings };
    // Without cloud-init nobody brought our host key; ask for the one that is there.
    const publicKey = await until(async () => {
      const key = await cluster.on(0, 'cat /etc/ssh/ssh_host_ed25519_key.pub');
      return key === '' ? undefined : key;
    });
    const plain = new Cluster(
      { ...over, hostKey: { ...makeSshKey('none'), publicKey } },
      cluster.nodes,
    );
    await plain.run(bootstrapCommand, bootstrapScript(over));
    await plain.follow();
    await plain.allAlive();
    expect((await plain.spark())?.alive).toBe(true);
  });
});
