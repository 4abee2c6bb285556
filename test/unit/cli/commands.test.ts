import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { abortError } from '../../../src/model/errors.ts';
import { type Behaviour, MemoryProvider } from '../../helpers/memory-provider.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

type Job = NonNullable<Behaviour['job']>;

const demo = (behaviour: Behaviour = {}): MemoryProvider =>
  new MemoryProvider(behaviour).add('demo');

function folderWith(...files: string[]): string {
  const cwd = temporaryFolder('cli');
  for (const file of files) writeFileSync(join(cwd, file), '');
  return cwd;
}

function trouble(): MemoryProvider {
  const provider = demo();
  const cluster = provider.clusters.get('demo')?.cluster;
  const [first, second] = cluster?.workers ?? [];
  if (cluster === undefined || first === undefined || second === undefined) throw new Error();
  const reason =
    'java.net.BindException: Cannot assign requested address: Service failed after 16 retries';
  return new MemoryProvider()
    .add('a-cluster-with-a-long-name-that-still-can-be-read', 12, { tags: { team: 'search' } })
    .add('demo', 2, {
      workers: [first, { ...second, state: 'dead', reason, pid: null }],
      tags: { team: 'search', who: 'me' },
    })
    .add('old', 0, {
      state: 'malformed',
      reason: 'its record cluster.json is missing',
      master: null,
      services: [],
      launchedAt: null,
    });
}

describe('flintrock describe', () => {
  it('shows all in a table that fits', async () => {
    const { stdout, code } = await runCli('describe --output table', { provider: trouble() });
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "NAME                                               STATE     NODES   CORES
      a-cluster-with-a-long-name-that-still-can-be-read  Running   1 + 12     12
      demo                                               Degraded  1 + 2       2
        worker-2: java.net.BindException: Cannot assign requested address: Service fa…
      old                                                Invalid   0 + 0 
        its record cluster.json is missing
      "
    `);
    for (const line of stdout.split('\n')) expect(Array.from(line).length).toBeLessThanOrEqual(80);
  });

  it('shows one in a block', async () => {
    expect((await runCli('describe demo --output table', { provider: trouble() })).stdout)
      .toMatchInlineSnapshot(`
      "demo is degraded (this machine, launched 10 min ago)

        master    Running  127.0.0.1:7077
        worker-1  Running  127.0.0.1:7078  1 core  1 GiB
        worker-2  Failed   127.0.0.1:7079  1 core  1 GiB
                  java.net.BindException: Cannot assign requested address: Service
                  failed after 16 retries

        Spark 4.1.4  healthy  http://127.0.0.1:8080

        tags  team=search
              who=me
      "
    `);
    expect((await runCli('describe old --output table', { provider: trouble() })).stdout)
      .toMatchInlineSnapshot(`
      "old is invalid (this machine)
        its record cluster.json is missing
      "
    `);
  });

  it('prints the documented object with --json', async () => {
    const { stdout } = await runCli('describe demo --json', { provider: demo() });
    const { clusters } = JSON.parse(stdout) as { clusters: Record<string, unknown>[] };
    expect(Object.keys(clusters[0] ?? {})).toEqual([
      'name',
      'provider',
      'state',
      'reason',
      'master',
      'workers',
      'services',
      'tags',
      'launchId',
      'launchedAt',
    ]);
    expect(clusters[0]?.['master']).toEqual({
      name: 'master',
      role: 'master',
      id: 'id-0',
      state: 'running',
      address: '127.0.0.1',
      port: 7077,
      cores: null,
      memoryMiB: null,
      reason: null,
      pid: 100,
    });
  });

  it('says on standard error that there is nothing', async () => {
    expect(await runCli('describe --output table')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('No clusters') as string,
    });
    expect((await runCli('describe --json')).stdout).toBe('{"clusters":[]}\n');
  });

  it('fails with 1 for a name that there isn’t', async () => {
    const { code, stderr } = await runCli('describe nope');
    expect(code).toBe(1);
    expect(stderr).toMatchInlineSnapshot(`
      "No cluster nope.
      error: Cluster "nope" was not found.
        List all clusters: flintrock describe
        CLUSTER_NOT_FOUND
      "
    `);
  });

  it('says where it didn’t look, as a cluster that costs money isn’t to be taken for gone', async () => {
    const { stderr } = await runCli('destroy nope', { hasEc2: true });
    expect(stderr).toMatchInlineSnapshot(`
      "No cluster nope.
      error: Cluster "nope" was not found on this machine. EC2 was not searched: AWS is not configured.
        List all clusters: flintrock describe
        For clusters on EC2, configure AWS credentials.
        CLUSTER_NOT_FOUND
      "
    `);
    expect((await runCli('destroy nope --provider local', { hasEc2: true })).stderr).toContain(
      'Cluster "nope" was not found.\n',
    );
  });

  it('shows on a terminal what its provider knows while its nodes are asked, and nothing twice', async () => {
    const late = (): MemoryProvider =>
      demo({ connectSeconds: 3, price: () => Promise.resolve(0.5) });
    const run = await runCli('describe demo', { provider: late(), tty: true, lookAt: [2] });
    expect(`\n${[...run.frames, run.screen].join('\n────\n')}\n`).toMatchInlineSnapshot(`
      "
      demo                                                                        1 s
      demo is running (this machine, launched 10 min ago)

        master    Running  127.0.0.1:7077
        worker-1  Running  127.0.0.1:7078  1 core  1 GiB
        worker-2  Running  127.0.0.1:7079  1 core  1 GiB

        Spark 4.1.4  http://127.0.0.1:8080
      ────
      demo                                                                      3.0 s
      demo is running (this machine, $0.50/h, ~$0.084 so far, launched 10 min ago)

        master    Running  127.0.0.1:7077
        worker-1  Running  127.0.0.1:7078  1 core  1 GiB
        worker-2  Running  127.0.0.1:7079  1 core  1 GiB

        Spark 4.1.4  healthy  http://127.0.0.1:8080

      "
    `);
    expect(run.cursorShown).toBe(true);
    // What was there stays there.
    const stopped = await runCli('describe demo', {
      ...{ provider: late(), tty: true, interruptAt: [2] },
    });
    expect(stopped.screen).toMatchInlineSnapshot(`
      "demo                                                                      2.0 s
      demo is running (this machine, launched 10 min ago)

        master    Running  127.0.0.1:7077
        worker-1  Running  127.0.0.1:7078  1 core  1 GiB
        worker-2  Running  127.0.0.1:7079  1 core  1 GiB

        Spark 4.1.4  http://127.0.0.1:8080
      Stopped.
      "
    `);
    // On a low terminal, as much as there is room for.
    const low = await runCli('describe demo', {
      provider: late(),
      tty: true,
      rows: 4,
      lookAt: [2],
    });
    expect(low.frames[0]?.split('\n')).toHaveLength(3);
    expect(low.screen).toBe(run.screen);
    const json = await runCli('describe demo --json', {
      ...{ provider: late(), tty: true, columns: 2000, lookAt: [2] },
    });
    expect(json.frames[0]).not.toContain('worker-1');
  });

  it('prints only the master’s address with --master-hostname-only', async () => {
    const run = await runCli('describe demo --master-hostname-only', { provider: demo() });
    expect(run).toMatchObject({ code: 0, stdout: '127.0.0.1\n', stderr: '' });
  });
});

describe('flintrock plan', () => {
  it('shows what a launch would do', async () => {
    const { code, stdout } = await runCli('plan new --num-workers 3', {
      provider: new MemoryProvider({ fetchBytes: 437e6 }),
    });
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "new can be launched on this machine.

        master    1 process
        workers   3 processes · 1 core, 1 GiB each
        software  Spark 4.1.4   /opt/spark
                  Java 17.0.12  /usr/lib/jvm/java-17
        download  437 MB
        price     No charge (runs locally)
        changes   4 processes are started under your account: a Spark master and 3
                  workers, reachable only from this machine.
      "
    `);
  });

  it('shows what is wrong, and exits with 2', async () => {
    const { code, stdout } = await runCli('plan demo', { provider: demo() });
    expect(code).toBe(2);
    expect(stdout).toMatchInlineSnapshot(`
      "demo can’t be launched on this machine.

        master    1 process
        workers   2 processes · 1 core, 1 GiB each
        software  Spark 4.1.4   /opt/spark
                  Java 17.0.12  /usr/lib/jvm/java-17
        download  nothing
        price     No charge (runs locally)
        changes   3 processes are started under your account: a Spark master and 2
                  workers, reachable only from this machine.

      error: A local cluster named "demo" already exists.
        Choose another name, or remove it first: flintrock destroy demo
      "
    `);
  });

  it('is what launch --dry-run is', async () => {
    const plan = await runCli('plan new --json');
    expect(await runCli('launch new --dry-run --json')).toEqual(plan);
    expect(Object.keys(JSON.parse(plan.stdout) as object)).toEqual([
      'ok',
      'cluster',
      'provider',
      'nodes',
      'software',
      'price',
      'changes',
      'plannedChanges',
      'problems',
    ]);
  });

  it('prints a request that is wrong in itself in the same shape', async () => {
    const { code, stdout } = await runCli('plan new --json --num-workers 0');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      problems: [{ code: 'CONFIG_INVALID', key: '--num-workers' }],
      error: { code: 'CONFIG_INVALID' },
    });
  });
});

describe('flintrock start and stop', () => {
  it('do it, or say that there is nothing to do', async () => {
    const provider = demo();
    const outputs: [string, number][] = [];
    for (const line of [
      'start demo --output table',
      'stop demo --output table --assume-yes',
      'stop demo --output table',
      'start demo --output table',
      'start demo --json',
    ]) {
      const { stdout, code } = await runCli(line, { provider });
      outputs.push([line.endsWith('json') ? stdout.slice(0, 17) : stdout, code]);
    }
    expect(outputs).toMatchInlineSnapshot(`
      [
        [
          "demo is already running.
      ",
          0,
        ],
        [
          "demo was stopped in 0.9 s.
      ",
          0,
        ],
        [
          "demo is already stopped.
      ",
          0,
        ],
        [
          "demo is running again: 2 workers with 2 cores, 2 GiB, in 1.0 s.
      ",
          0,
        ],
        [
          "{"changed":true,"",
          0,
        ],
      ]
    `);
  });

  it('show how far they are', async () => {
    const run = await runCli('stop demo -y', { provider: demo(), tty: true, lookAt: [0.75] });
    expect([...run.frames, run.screen].join('────\n')).toMatchInlineSnapshot(`
      "demo  Stopping                                                              0 s
        Stopped     ━━━━━━━━━━━━━━━━━━━━━━━━━━╸                    2 of 3────
      demo  Stopping                                                            0.9 s
        Stopped     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━       3 of 3       0.9 s
      demo was stopped in 0.9 s.
      "
    `);
  });

  it('say so when they are told to stop at once', async () => {
    const provider = demo();
    provider.stop = () => new Promise(() => undefined);
    const { code, stderr } = await runCli('stop demo -y', { provider, interruptAt: [1, 2] });
    expect(code).toBe(130);
    expect(stderr).toContain('flintrock describe demo');
  });
});

describe('flintrock destroy', () => {
  it('asks on a terminal', async () => {
    const provider = demo();
    const run = await runCli('destroy demo', { provider, tty: true, answers: ['y'] });
    expect(run.screen).toMatchInlineSnapshot(`
      "Destroy "demo" (3 nodes)? All data on its nodes will be lost. This can’t be
      undone. [y/N] y
      demo  Destroying                                                          0.5 s
        Removed     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━       3 of 3       0.5 s
      demo was destroyed in 0.5 s.
      "
    `);
    expect([run.code, provider.clusters.size]).toEqual([0, 0]);
  });

  it.each(['', 'n', 'yup'])('takes "%s" for a no', async (answer) => {
    const provider = demo();
    const run = await runCli('destroy demo', { provider, tty: true, answers: [answer] });
    expect([run.code, provider.clusters.size]).toEqual([1, 1]);
    expect(run.screen).toContain('Nothing was destroyed.');
  });

  it('takes Ctrl-C for an interruption', async () => {
    const provider = demo();
    const run = await runCli('destroy demo', { provider, tty: true, answers: ['^C'] });
    expect([run.code, provider.clusters.size]).toEqual([130, 1]);
  });

  it.each(['--assume-yes', '-y', '--assume-yes --no-assume-yes'])('with %s', async (flags) => {
    const provider = demo();
    const run = await runCli(`destroy demo ${flags} --json`, { provider });
    if (flags.includes('--no-')) expect([run.code, provider.clusters.size]).toEqual([1, 1]);
    else {
      expect([run.code, provider.clusters.size]).toEqual([0, 0]);
      expect(JSON.parse(run.stdout)).toEqual({ name: 'demo', seconds: 0.5, history: null });
    }
  });
});

describe('flintrock resume, repair, authorize and doctor', () => {
  it('looks at clusters side by side: one that doesn’t answer holds up no other', async () => {
    const provider = new MemoryProvider({ connectSeconds: 10 });
    for (const name of ['one', 'two', 'three', 'four']) provider.add(name);
    const { code, seconds } = await runCli('doctor', { provider });
    expect([code, seconds]).toEqual([0, 10]);
  });

  it('have nothing to do where nothing is wrong', async () => {
    const provider = demo();
    const runs = await Promise.all(
      ['resume demo', 'repair demo', 'doctor'].map((line) => runCli(line, { provider })),
    );
    expect(runs.map(({ stdout, code }) => [stdout, code])).toEqual([
      ['The launch of demo is already complete.\n', 0],
      ['demo: all workers are healthy.\n', 0],
      ['No problems found (1 cluster checked).\n', 0],
    ]);
    const json = await runCli('doctor demo --json', { provider });
    expect(JSON.parse(json.stdout)).toEqual({
      ok: true,
      findings: [],
      clusters: 1,
      unchecked: [],
      archive: null,
    });
  });

  it('say what is wrong, and what to do', async () => {
    const state = { state: 'half-launched', reason: 'its launch never finished' } as const;
    const provider = demo().add('half', 1, state);
    const seen = await runCli('doctor', { provider });
    expect([seen.stdout, seen.code]).toMatchInlineSnapshot(`
      [
        "✗ "half" is not completely launched: its launch never finished.
        Resume the launch: flintrock resume half
        Or destroy the cluster: flintrock destroy half (or: --fix)
      ",
        1,
      ]
    `);
    const refused = await runCli('authorize demo', { provider });
    expect([refused.code, refused.stderr]).toMatchInlineSnapshot(`
      [
        2,
        "error: Cluster "demo" runs on this machine and accepts no connections from other machines.
        ARGUMENT_INVALID
      ",
      ]
    `);
  });

  it('move the end of a cluster that has one', async () => {
    const run = await runCli('extend demo 2 h', { provider: demo() });
    expect([run.code, run.stderr]).toMatchInlineSnapshot(`
      [
        2,
        "error: Cluster "demo" runs on this machine and has no lifetime limit to extend.
        ARGUMENT_INVALID
      ",
      ]
    `);
    const lifetime = {
      action: 'stop' as const,
      idleTimeoutSeconds: 1800,
      maxLifetimeSeconds: 28_800,
      maxCost: null,
      costLeft: null,
      idleEndsAt: null,
      endsAt: '2026-05-04T17:10:00.000Z',
    };
    const provider = demo().add('lasting', 1, { provider: 'ec2', lifetime });
    expect((await runCli('describe lasting --output table', { provider })).stdout).toContain(
      '\n  stops after 30 min idle, in 7 h 10 min at the latest\n',
    );
    expect((await runCli('describe --output table', { provider })).stdout).toMatchInlineSnapshot(`
      "NAME     STATE    NODES  CORES  MEMORY  WHERE         LAUNCHED
      demo     Running  1 + 2      2   2 GiB  this machine  10 min ago
      lasting  Running  1 + 1      1   1 GiB  EC2           10 min ago
        stops after 30 min idle, in 7 h 10 min at the latest
      "
    `);
    const json = await runCli('describe lasting --json', { provider });
    expect(JSON.parse(json.stdout)).toMatchObject({ clusters: [{ lifetime }] });
  });

  it('says what one costs and has cost, if that can be had', async () => {
    const costly = (price: () => Promise<number | null>): MemoryProvider =>
      new MemoryProvider({ price }).add('demo', 2, { provider: 'ec2' });
    const known = costly(() => Promise.resolve(1.2));
    expect((await runCli('describe demo --output table', { provider: known })).stdout).toContain(
      'demo is running (EC2, $1.20/h, ~$0.20 so far, launched 10 min ago)\n',
    );
    const json = await runCli('describe demo --json', { provider: known });
    expect(JSON.parse(json.stdout)).toMatchObject({ clusters: [{ pricePerHour: 1.2 }] });
    // Nothing runs: what it did cost can't be told by what it costs now.
    const idle = costly(() => Promise.resolve(0));
    expect((await runCli('describe demo --output table', { provider: idle })).stdout).toContain(
      '(EC2, $0.000/h, launched',
    );
    for (const price of [
      () => Promise.resolve(null),
      () => Promise.reject(new Error('The price list can’t be asked.')),
    ]) {
      const provider = costly(price);
      expect((await runCli('describe demo --output table', { provider })).stdout).toContain(
        'demo is running (EC2, launched 10 min ago)\n',
      );
      const without = await runCli('describe demo --json', { provider });
      expect(JSON.parse(without.stdout)).toMatchObject({ clusters: [{ pricePerHour: null }] });
    }
  });

  it('print events as JSON lines, if asked', async () => {
    const run = await runCli('stop demo --events -y', { provider: demo() });
    const lines = run.stderr.trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as { code: string });
    expect(events.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['verb.started', 'verb.finished']),
    );
    expect(run.stdout).toBe('demo is now stopped.\n');
  });
});

describe('flintrock add-workers and remove-workers', () => {
  it('resize', async () => {
    const provider = demo();
    const added = await runCli('add-workers demo --num-workers 2', { provider });
    expect([added.stdout, added.stderr, added.code]).toMatchInlineSnapshot(`
      [
        "demo now has 4 workers with 4 cores, 4 GiB; 2 were added in 2.0 s.
      ",
        "demo: Adding 2 workers
      ",
        0,
      ]
    `);
    const removed = await runCli('remove-workers demo -y --num-workers 3', { provider });
    expect([removed.stdout, removed.stderr, removed.code]).toMatchInlineSnapshot(`
      [
        "demo now has 1 worker with 1 core, 1 GiB; 3 were removed in 0.0 s.
      ",
        "demo: Removing 3 workers
      ",
        0,
      ]
    `);
  });

  it('count the new workers only, while they come', async () => {
    const run = await runCli('add-workers demo --num-workers 2 --json', {
      provider: demo(),
      tty: true,
      columns: 2000,
      lookAt: [1.4],
    });
    expect(run.frames[0]).toMatch(/Adding 2 workers/);
    expect(run.frames[0]).toMatch(/Starting .* 2 of 2/);
    expect(run.frames[0]).toMatch(/Ready .* 0 of 2/);
    expect(JSON.parse(run.stdout)).toMatchObject({ added: ['worker-3', 'worker-4'] });
  });

  it('show whose tasks are waited for', async () => {
    const provider = demo({ coresInUse: Array.from({ length: 20 }, () => 1) });
    const run = await runCli('remove-workers demo --num-workers 1 -y', {
      provider,
      tty: true,
      lookAt: [1],
    });
    expect(run.frames[0]).toMatchInlineSnapshot(`
      "demo  Removing 1 worker                                                     0 s
        Removed                                                    0 of 1
        Waiting for worker-2 (1 core in use)"
    `);
  });
});

describe('a command line that is suggested', () => {
  it('reaches the cluster that the call reached, which flags selected', async () => {
    const cwd = folderWith('my.yaml');
    const where = ['--provider', 'local', '--config', 'my.yaml'];
    const failed = await runCli(['stop', 'nope', ...where], { cwd });
    expect(failed.stderr).toContain(
      '\n  List all clusters: flintrock describe --config my.yaml --provider local\n',
    );
    const json = await runCli(['describe', 'nope', '--json', ...where], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: { hint: 'List all clusters: flintrock describe --config my.yaml --provider local' },
    });
    const launched = await runCli(['launch', 'demo', ...where], { cwd, tty: true, columns: 160 });
    expect(launched.screen).toContain(
      'flintrock submit demo --config my.yaml --provider local JOB.py',
    );
  });
});

describe('flintrock run-command', () => {
  const echo: Behaviour['command'] = (node, _command, onOutput) => {
    void onOutput('stdout', Buffer.from(`I am ${node}\n`));
    void onOutput('stderr', Buffer.from('oh'));
    return node === 'worker-2' ? 3 : 0;
  };

  it('prints each line with its node, and fails if one node did', async () => {
    const run = await runCli('run-command demo whoami', { provider: demo({ command: echo }) });
    expect([run.stdout, run.stderr, run.code]).toMatchInlineSnapshot(`
      [
        "master   | I am master
      worker-1 | I am worker-1
      worker-2 | I am worker-2
      ",
        "master   | oh
      worker-1 | oh
      worker-2 | oh
      failed on 1 of 3 nodes: worker-2 (exit code 3)
      ",
        1,
      ]
    `);
  });

  it('gives a pipe what the master printed as it is with --master-only, and a terminal its lines', async () => {
    const bytes = Buffer.from([0, 27, 91, 72, 255, 13, 10, 65]);
    const provider = (): MemoryProvider =>
      demo({
        command: (_node, _command, onOutput) => {
          void onOutput('stdout', bytes);
          return 0;
        },
      });
    const line = 'run-command demo --master-only show';
    expect((await runCli(line, { provider: provider() })).stdout).toBe(bytes.toString('latin1'));
    const { screen } = await runCli(line, { provider: provider(), tty: true });
    expect(screen).toMatch(/^master \| .*\nmaster \| A\n$/);
  });

  it('prints codes and output of all nodes with --json', async () => {
    const run = await runCli('run-command --json demo whoami', {
      provider: demo({ command: echo }),
    });
    expect(run.code).toBe(1);
    expect(JSON.parse(run.stdout)).toMatchObject({
      ok: false,
      nodes: [
        { node: 'master', exitCode: 0, stdout: 'I am master\n', stderr: 'oh\n' },
        {},
        { node: 'worker-2', exitCode: 3 },
      ],
    });
    expect(run.stderr).toContain('worker-1 | I am worker-1');
  });

  it.each<[string[], string]>([
    [['demo', 'ls -l | wc'], 'ls -l | wc'],
    [['demo', 'ls', '-l', 'my file'], 'ls -l my file'],
    [['demo', 'df', '-h', '-q', '-y'], 'df -h -q -y'],
    [['demo', 'true && cat', '/x', '>', '/y'], 'true && cat /x > /y'],
    [['demo', '--quote', 'ls', '-l', 'my file'], "ls -l 'my file'"],
    [['demo', 'ls', 'my file', '--quote'], "ls 'my file'"],
    [['demo', '--', 'ls', '--json'], 'ls --json'],
    [['demo', 'tar', '--exclude', 'x', '--file=y'], 'tar --exclude x --file=y'],
    [
      ['demo', '--master-only', '--', 'echo', '--master-only', '--help'],
      'echo --master-only --help',
    ],
    [['demo', 'stop-all.sh', '--master-only'], 'stop-all.sh'],
    [
      ['demo', 'ls -l', '--ec2-user', 'u', '--ec2-identity-file=key', '-a', '--master-only', 'x'],
      'ls -l -a x',
    ],
    [['demo', 'ls', '--master-only', '--', '--ec2-user', '--', 'x'], 'ls --ec2-user -- x'],
    [['--master-only', 'demo', 'echo', '--', '-n'], 'echo -n'],
    [['--', 'demo', 'echo', "it's"], "echo it's"],
  ])('takes %j for its own', async (words, command) => {
    const provider = demo();
    const cwd = folderWith('key');
    const run = await runCli(['run-command', ...words], { provider, cwd, hasEc2: true });
    expect([run.stderr, run.code]).toEqual(['', 0]);
    expect(provider.log[0]).toBe(`master: ${command}`);
    expect(provider.log).toHaveLength(words.includes('--master-only') ? 1 : 3);
  });

  it.each<[string, string]>([
    ['run-command demo ls --ec2-user', 'The value of --ec2-user is missing'],
    ['run-command demo --ec2-user', 'The value of --ec2-user is missing'],
    ['run-command demo --maser-only ls', 'Did you mean --master-only?'],
    ['run-command demo ls --ec2-identity-file nothing.pem', 'nothing.pem was not found'],
  ])('refuses "%s" before anything runs', async (line, text) => {
    const provider = demo();
    const run = await runCli(line, { provider, hasEc2: true });
    expect([run.code, provider.log]).toEqual([2, []]);
    expect(run.stderr).toContain(text);
  });
});

describe('flintrock copy-file', () => {
  it('copies up and down', async () => {
    const [provider, cwd] = [demo(), folderWith('data.csv')];
    const up = await runCli('copy-file demo data.csv in/', { provider, cwd });
    expect([up.stdout, up.stderr, up.code]).toEqual([
      'Copied 4.5 kB to 3 nodes in 0.0 s.\n',
      '',
      0,
    ]);
    const down = await runCli('copy-file demo :out.csv . --master-only --json', { provider, cwd });
    expect(JSON.parse(down.stdout)).toEqual({
      nodes: [{ node: 'master', path: cwd, bytes: 1500 }],
      seconds: 0,
    });
    expect(provider.log).toEqual([
      ...['master', 'worker-1', 'worker-2'].map((node) => `${cwd}/data.csv -> ${node}:in/`),
      `master:out.csv -> ${cwd}`,
    ]);
  });

  it.each(['demo', 'nosuch'])('fails with 2 if there is no such file, for %s', async (name) => {
    const run = await runCli(`copy-file ${name} nope x`, { provider: demo() });
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain('File or folder not found: /nowhere/nope.');
  });
});

describe('flintrock python-env', () => {
  /** A folder with an environment, as far as anybody looks who doesn't run it. */
  function folderWithEnvironment(version: string): string {
    const cwd = folderWith();
    mkdirSync(join(cwd, '.venv', 'bin'), { recursive: true });
    writeFileSync(join(cwd, '.venv', 'pyvenv.cfg'), `version = ${version}\n`);
    writeFileSync(join(cwd, '.venv', 'bin', 'python'), '#!/bin/false\n', { mode: 0o755 });
    return cwd;
  }

  it('leaves an environment of another Python alone, and says which is wanted', async () => {
    const cwd = folderWithEnvironment('3.7.1');
    const run = await runCli('python-env demo', { provider: demo(), cwd });
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toContain(
      `${cwd}/.venv has Python 3.7.1, but cluster "demo" uses Python 3.11.`,
    );
    const json = await runCli('python-env demo . --json', { provider: demo(), cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'PYTHON_ENVIRONMENT_UNFIT' } });
  });

  it('asks before it uses an environment of somebody else, and doesn’t in a pipe', async () => {
    const cwd = folderWithEnvironment('3.11.2');
    const asked = await runCli('python-env demo', {
      provider: demo(),
      cwd,
      tty: true,
      columns: 200,
      answers: ['n'],
    });
    expect(asked.questions).toHaveLength(1);
    expect(asked.questions[0]).toContain('Install packages into it?');
    const piped = await runCli('python-env demo', { provider: demo(), cwd });
    for (const run of [asked, piped]) expect(run.code).toBe(1);
    expect(piped.stderr).toContain('was not created by Flintrock');
  });

  it.each([
    ['on a terminal', {}, true],
    ['in a pipe', { tty: false }, false],
    ['in CI', { env: { CI: 'true' } }, false],
    ['with a named file', { file: true }, false],
  ] as const)('is followed by launch and plan: %s', async (_name, how, isFollowed) => {
    const cwd = folderWithEnvironment('3.12.4');
    writeFileSync(join(cwd, 'own.yaml'), 'provider: local\n');
    const { file, ...rest } = { file: false, tty: true, columns: 100, ...how };
    for (const command of ['launch new', 'plan new']) {
      const provider = demo();
      const run = await runCli(`${command}${file ? ' --config own.yaml' : ''}`, {
        provider,
        cwd,
        ...rest,
      });
      expect(run.code).toBe(0);
      const selected = isFollowed ? { version: '3.12.4', name: '.venv' } : undefined;
      expect(provider.request?.selectedPython).toEqual(selected);
      if (command.startsWith('plan'))
        expect(run.screen.includes('Python 3.12.4 · from .venv')).toBe(isFollowed);
    }
  });

  it('needs a folder that is there, and a Spark that has clients', async () => {
    const missing = await runCli('python-env demo nosuch', { provider: demo() });
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toContain('Folder not found: /nowhere/nosuch.');
  });
});

describe('flintrock submit', () => {
  const cwd = folderWith('job.py', 'job.txt');
  const says =
    (code: number): Job =>
    (_context, _job, onOutput) => {
      void onOutput('stdout', Buffer.from('a resu'));
      void onOutput('stdout', Buffer.from('lt\n'));
      void onOutput('stderr', Buffer.from('a log\n'));
      return Promise.resolve(code);
    };
  const endless: Job = ({ signal }) =>
    new Promise((_resolve, reject) => {
      const stop = (): void => reject(abortError(signal, 'running job-1'));
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop);
    });

  it('passes the output on as it is, and the code', async () => {
    expect(
      await runCli('submit demo job.py', { cwd, provider: demo({ job: says(0) }) }),
    ).toMatchObject({ code: 0, stdout: 'a result\n', stderr: 'a log\n' });
    expect(
      await runCli('submit demo job.py', { cwd, provider: demo({ job: says(7) }) }),
    ).toMatchObject({ code: 7, stderr: 'a log\njob-1 failed with exit code 7.\n' });
  });

  it('keeps standard output for the object with --json', async () => {
    const run = await runCli('submit --json demo job.py', {
      cwd,
      provider: demo({ job: says(7) }),
    });
    expect(JSON.parse(run.stdout)).toEqual({
      job: 'job-1',
      state: 'failed',
      exitCode: 7,
      seconds: 0,
      failure: null,
    });
    expect(run.stderr).toContain('a result\na log\n');
  });

  it('hands the job its arguments, class and properties', async () => {
    const provider = demo();
    await runCli(
      [
        'submit',
        '--conf',
        'a=b=c',
        'demo',
        '--class',
        'org.Main',
        '--conf',
        'd=',
        'job.py',
        '--conf',
        'x',
        '--json',
        'a b',
      ],
      { cwd, provider },
    );
    expect(JSON.parse(provider.log[0] ?? '')).toMatchObject({
      program: { path: join(cwd, 'job.py') },
      language: 'python',
      args: ['--conf', 'x', '--json', 'a b'],
      conf: { a: 'b=c', d: '' },
      className: 'org.Main',
      command: 'job.py --conf x --json a b',
    });
    await runCli('submit demo job.py -- -x', { cwd, provider });
    expect(JSON.parse(provider.log[1] ?? '')).toMatchObject({ args: ['-x'] });
  });

  it('exits with 125 where the failure is ours, with 2 for wrong usage', async () => {
    expect((await runCli('submit nope job.py', { cwd })).code).toBe(125);
    expect((await runCli('submit demo nope.py', { cwd, provider: demo() })).code).toBe(125);
    expect((await runCli('submit demo job.txt', { cwd, provider: demo() })).code).toBe(2);
  });

  it('cancels at Ctrl-C where nobody can be asked', async () => {
    const provider = demo({ job: endless });
    const run = await runCli('submit demo job.py', { cwd, provider, interruptAt: [1] });
    expect(run.code).toBe(130);
    expect(provider.log).toContain('cancelled');
    expect(run.stderr).toMatchInlineSnapshot(`
      "Canceling the job…
      Stopped while running job-1, which was canceled.
      "
    `);
  });

  it.each([
    ['', 130, true],
    ['^C', 130, true],
    ['c', 130, true],
    ['keep', 0, false],
    ['detach', 0, false],
    ['what?', 0, false],
  ])('asks at Ctrl-C on a terminal: "%s"', async (answer, code, cancelled) => {
    const provider = demo({ job: endless });
    const run = await runCli('submit demo job.py', {
      cwd,
      provider,
      tty: true,
      interruptAt: [1],
      answers: [answer],
    });
    expect(run.questions).toHaveLength(1);
    expect(run.code).toBe(code);
    expect(provider.log.includes('cancelled')).toBe(cancelled);
    if (!cancelled) expect(run.screen).toContain('job-1 is still running on "demo".');
  });
});

describe('flintrock login', () => {
  it('runs the session’s program with the terminal', async () => {
    const run = await runCli('login demo worker-1', {
      provider: demo(),
      env: { HOME: '/h' },
      program: () => 5,
    });
    expect(run.code).toBe(5);
    expect(run.programs).toEqual([
      {
        file: '/bin/sh',
        args: [],
        env: { HOME: '/h', SPARK_HOME: '/opt/spark' },
        cwd: '/home/worker-1',
      },
    ]);
  });

  it('prints what it would run with --json, and what it would change in the environment', async () => {
    const run = await runCli('login demo --json', { provider: demo() });
    expect(JSON.parse(run.stdout)).toEqual({
      session: {
        kind: 'process',
        node: 'master',
        file: '/bin/sh',
        args: [],
        env: { SPARK_HOME: '/opt/spark', SPARK_LOCAL_DIRS: null },
        cwd: '/home/master',
      },
    });
    expect(run.programs).toEqual([]);
  });

  it('says which nodes there are', async () => {
    const run = await runCli('login demo worker-9', { provider: demo() });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('master, worker-1, worker-2');
  });
});

describe('flintrock ui', () => {
  it('prints the address of a page of this machine', async () => {
    const { stdout, code } = await runCli('ui demo', { provider: demo() });
    expect(stdout).toBe('Spark master  http://127.0.0.1:8080/\n');
    expect(code).toBe(0);
    const { stdout: json } = await runCli('ui demo spark --json', { provider: demo() });
    expect(JSON.parse(json)).toEqual({
      pages: [{ label: 'Spark master', address: 'http://127.0.0.1:8080/' }],
      lasting: true,
    });
  });

  it('says which pages there are', async () => {
    const { stderr, code } = await runCli('ui demo grafana', { provider: demo() });
    expect(stderr).toContain('Use one of: spark, jobs, history, hdfs');
    expect(code).toBe(2);
    const { stderr: without } = await runCli('ui demo hdfs', { provider: demo() });
    expect(without).toContain('Use one of: spark, jobs, history.');
  });
});

describe('flintrock choices', () => {
  it('lists values with what they are', async () => {
    const { stdout: table } = await runCli('choices ami', { provider: demo(), hasEc2: true });
    expect(table).toBe('ec2Ami-1\nec2Ami-two  ours · arm64 · 2026-01-31\n');
    const { stdout: json } = await runCli('choices ami --json', { provider: demo(), hasEc2: true });
    expect(JSON.parse(json)).toMatchObject({
      choices: [
        { value: 'ec2Ami-1', description: '', detail: '' },
        { value: 'ec2Ami-two', description: 'ours · arm64', detail: '2026-01-31' },
      ],
    });
  });

  it('says what can be looked up', async () => {
    const { stderr, code } = await runCli('choices colour', { provider: demo() });
    expect(stderr).toContain('Use one of: profile, region, key-name,');
    expect(code).toBe(2);
  });
});
