import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Cluster, ClusterNode } from '../../../src/model/cluster/cluster.ts';
import { aNode } from '../../helpers/clusters.ts';
import { MemoryProvider } from '../../helpers/memory-provider.ts';
import { type CliRun, runCli, type RunOptions } from '../../helpers/run-cli.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

// What scripts that were written for the Python tool read, and write to standard input.

/** A node as EC2 has it. */
function instance(name: string, change: Partial<ClusterNode> = {}): ClusterNode {
  return aNode(name, {
    publicAddress: '198.51.100.1',
    hostName: `${name}.compute-1.amazonaws.com`,
    ...change,
  });
}

function onEc2(change: Partial<Cluster> = {}): Partial<Cluster> {
  return {
    provider: 'ec2',
    region: 'us-east-1',
    vpcId: 'vpc-1',
    master: instance('master'),
    workers: [instance('worker-1')],
    ...change,
  };
}

const gone = { state: 'stopped', address: null, publicAddress: null, hostName: null } as const;

function account(): MemoryProvider {
  return new MemoryProvider({ regions: ['us-east-1'] })
    .add('zeta', 1, onEc2())
    .add(
      'Alpha',
      1,
      onEc2({ master: instance('master', gone), workers: [instance('worker-1', gone)] }),
    );
}

const describedZeta = `zeta:
  state: running
  node-count: 2
  master: master.compute-1.amazonaws.com
  slaves:
    - worker-1.compute-1.amazonaws.com
`;

describe('describe in a pipe', () => {
  it('prints one cluster as the Python tool does, and asks no node', async () => {
    const provider = account();
    provider.connect = () => Promise.reject(new Error('A node was asked.'));
    provider.pricePerHour = () => Promise.reject(new Error('The price was asked.'));
    const run = await runCli('describe zeta', { provider });
    expect([run.stdout, run.stderr, run.code]).toEqual([describedZeta, '', 0]);
    expect((await runCli('describe Alpha', { provider })).stdout).toBe(
      'Alpha:\n  state: stopped\n  node-count: 2\n',
    );
  });

  it('lists all, sorted, below how many there are', async () => {
    const { stdout } = await runCli('describe', { provider: account() });
    expect(stdout).toBe(
      `Found 2 clusters in region us-east-1.\n---\nAlpha:\n  state: stopped\n  node-count: 2\n${describedZeta}`,
    );
    const one = new MemoryProvider({ regions: ['us-east-1'] }).add('zeta', 1, onEc2());
    expect((await runCli('describe', { provider: one })).stdout).toBe(
      `Found 1 cluster in region us-east-1.\n---\n${describedZeta}`,
    );
  });

  it('says so if there are none', async () => {
    const none = new MemoryProvider({ regions: ['us-east-1'] });
    expect(await runCli('describe', { provider: none })).toMatchObject({
      stdout: 'Found 0 clusters in region us-east-1.\n',
      stderr: '',
      code: 0,
    });
    const local = new MemoryProvider().add('demo', 1);
    expect((await runCli('describe', { provider: local })).stdout).toMatch(/^Found 1 cluster\.\n/);
    const several = new MemoryProvider({ regions: ['us-east-1', 'eu-west-1'] }).add('demo', 1);
    expect((await runCli('describe', { provider: several })).stdout).toMatch(
      /^Found 1 cluster in regions us-east-1, eu-west-1 and on this machine\.\n/,
    );
  });

  it.each<[string, Partial<Cluster>, string, number]>([
    [
      'nodes that leave run',
      { workers: [instance('worker-1', { state: 'draining' })] },
      'running',
      2,
    ],
    ['some are stopped', { workers: [instance('worker-1', gone)] }, 'inconsistent', 2],
    [
      'all come up',
      { master: instance('master', { state: 'pending' }), workers: [] },
      'pending',
      1,
    ],
    [
      'nodes that are gone don’t count',
      { workers: [instance('worker-1', { state: 'dead' })] },
      'running',
      1,
    ],
    ['without nodes', { state: 'malformed', master: null, workers: [] }, 'inconsistent', 0],
    ['a master alone', { workers: [] }, 'running', 1],
  ])('%s', async (_title, change, state, count) => {
    const provider = new MemoryProvider().add('demo', 1, onEc2(change));
    const { stdout } = await runCli('describe demo', { provider });
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'demo:',
      `  state: ${state}`,
      `  node-count: ${count}`,
    ]);
    expect(stdout.includes('master: ')).toBe(state === 'running');
  });

  it('is YAML', async () => {
    const { stdout } = await runCli('describe zeta', { provider: account() });
    expect(parse(stdout)).toEqual({
      zeta: {
        state: 'running',
        'node-count': 2,
        master: 'master.compute-1.amazonaws.com',
        slaves: ['worker-1.compute-1.amazonaws.com'],
      },
    });
  });

  it.each<[string, string]>([
    ['describe zeta --master-hostname-only', 'master.compute-1.amazonaws.com\n'],
    ['describe Alpha --master-hostname-only', '\n'],
    ['describe --master-hostname-only', 'Alpha: \nzeta: master.compute-1.amazonaws.com\n'],
  ])('%s', async (line, stdout) => {
    const provider = account();
    expect(await runCli(line, { provider })).toMatchObject({ stdout, stderr: '', code: 0 });
    const screen = (await runCli(line, { provider, tty: true, columns: 2000 })).screen;
    expect(screen.replaceAll(/ +$/gm, '').trim()).toBe(stdout.replaceAll(/ +$/gm, '').trim());
  });

  it('prints an address where there is no name', async () => {
    const master = instance('master', { hostName: null });
    const provider = new MemoryProvider().add('demo', 1, onEc2({ master }));
    const run = await runCli('describe demo --master-hostname-only', { provider });
    expect(run.stdout).toBe('198.51.100.1\n');
  });
});

describe('the format of the result', () => {
  const formats: [string, Record<string, string>, boolean, 'table' | 'yaml' | 'json'][] = [
    ['describe zeta', {}, false, 'yaml'],
    ['describe zeta', {}, true, 'table'],
    ['describe zeta --output yaml', {}, true, 'yaml'],
    ['describe zeta --output table', {}, false, 'table'],
    ['describe zeta --output=json', {}, true, 'json'],
    ['describe zeta --json', {}, true, 'json'],
    ['describe zeta --json --output json', {}, false, 'json'],
    ['--output json describe zeta', {}, false, 'json'],
    ['describe zeta', { FLINTROCK_OUTPUT: 'json' }, false, 'json'],
    ['describe zeta', { FLINTROCK_OUTPUT: 'table' }, false, 'table'],
    ['describe zeta', { FLINTROCK_OUTPUT: '' }, false, 'yaml'],
    ['describe zeta --output yaml', { FLINTROCK_OUTPUT: 'json' }, true, 'yaml'],
  ];
  it.each(formats)('%s with %j on a terminal (%s) is %s', async (line, env, tty, form) => {
    const { stdout, code } = await runCli(line, { provider: account(), env, tty, columns: 2000 });
    expect(code).toBe(0);
    const looks = stdout.startsWith('{') ? 'json' : stdout.startsWith('zeta:') ? 'yaml' : 'table';
    expect(looks).toBe(form);
  });

  it.each<[string, Record<string, string>]>([
    ['describe zeta --output xml', {}],
    ['describe zeta', { FLINTROCK_OUTPUT: 'xml' }],
  ])('%s with %j is refused', async (line, env) => {
    const { stderr, code } = await runCli(line, { provider: account(), env });
    expect(code).toBe(2);
    expect(stderr).toContain('"xml" is not an output format');
    expect(stderr).toContain('table, yaml, json');
  });

  it('can’t be two at once', async () => {
    const { stdout, code } = await runCli('describe --json --output yaml');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toHaveProperty('error.code', 'ARGUMENT_INVALID');
  });

  it('is JSON for an error too, wherever it was asked for', async () => {
    for (const [line, env] of [
      ['describe nope --output json', {}],
      ['describe nope', { FLINTROCK_OUTPUT: 'json' }],
      ['lanch --output json', {}],
    ] as const) {
      const { stdout } = await runCli(line, { env });
      expect(JSON.parse(stdout)).toHaveProperty('error.message');
    }
  });
});

describe('the end of a launch', () => {
  it('is two lines on standard output in a pipe', async () => {
    const run = await runCli('launch demo --num-slaves 1');
    expect(run.stdout).toBe('Cluster master: 127.0.0.1\nLogin with: flintrock login demo\n');
    expect(run.stderr).toContain('demo is running: 1 worker');
    const quiet = await runCli('launch demo --num-slaves 1 --quiet');
    expect([quiet.stdout, quiet.stderr]).toEqual([run.stdout, '']);
  });

  it('is for people on a terminal', async () => {
    const { screen } = await runCli('launch demo --num-slaves 1', { tty: true, columns: 2000 });
    expect(screen).not.toContain('Cluster master');
    expect(screen).toContain('demo is running: 1 worker');
  });
});

describe('what comes first', () => {
  const stopped = () => {
    const provider = account();
    const zeta = provider.clusters.get('zeta');
    const other = provider.clusters.get('Alpha');
    if (zeta !== undefined && other !== undefined)
      zeta.cluster = { ...other.cluster, name: 'zeta' };
    return provider;
  };
  const taken = {
    severity: 'error',
    code: 'CLUSTER_EXISTS',
    message: 'A cluster named "new" already exists in vpc-1.',
    remedies: [
      {
        text: 'Destroy it.',
        action: {
          verb: 'destroy',
          cluster: { name: 'new', region: 'us-east-1', vpcId: 'vpc-1' },
          options: {},
        },
      },
    ],
    key: null,
  } as const;
  const badAmi = {
    severity: 'error',
    code: 'AWS_RESOURCE_NOT_FOUND',
    message: 'AMI ami-x was not found in us-east-1, or the credentials don’t have access to it.',
    remedies: [],
    key: 'providers.ec2.ami',
  } as const;
  const warning = { ...badAmi, severity: 'warning', message: 'Be careful.', key: null } as const;

  it.each<[string, MemoryProvider, number, string]>([
    ['destroy nosuch', account(), 1, 'No cluster nosuch in region us-east-1.'],
    ['describe nosuch', account(), 1, 'No cluster nosuch in region us-east-1.'],
    ['run-command nosuch ls', account(), 1, 'No cluster nosuch in region us-east-1.'],
    [
      'run-command zeta ls',
      stopped(),
      1,
      "Cluster is in state 'stopped'. Cannot execute run-command.",
    ],
    [
      'add-slaves zeta --num-slaves 1',
      stopped(),
      1,
      "Cluster is in state 'stopped'. Cannot execute add-slaves.",
    ],
    [
      'launch new',
      new MemoryProvider({ problems: [warning, taken] }),
      1,
      'Cluster new already exists in region us-east-1, VPC vpc-1.',
    ],
    [
      'launch new',
      new MemoryProvider({ problems: [badAmi, warning, taken] }),
      2,
      'Cluster new already exists in region us-east-1, VPC vpc-1.',
    ],
    [
      'launch new',
      new MemoryProvider({ problems: [warning, badAmi] }),
      1,
      'Error: Could not find ami-x in region us-east-1.',
    ],
    ['destroy zeta', account(), 1, ''],
  ])('on standard error of "%s"', async (line, provider, code, sentence) => {
    const run = await runCli(line, { provider });
    expect([run.code, run.stdout]).toEqual([code, '']);
    if (sentence !== '') {
      const [first, second] = run.stderr.split('\n');
      const isAll = sentence.startsWith('Cluster is in state');
      const more = isAll ? '' : (expect.stringMatching(/^error: /) as string);
      expect([first, second]).toEqual([sentence, more]);
      if (isAll)
        expect((await runCli(line.replace(' ', ' --debug '), { provider })).stderr).toContain(
          'error: ',
        );
    }
    const terminal = await runCli(line, { provider, tty: true, columns: 2000 });
    const asked = await runCli(
      `${line} --output table`.replace(' ls --output table', ' --output table ls'),
      { provider },
    );
    if (sentence !== '') {
      expect(terminal.raw).not.toContain(sentence);
      expect(asked.stderr).not.toContain(sentence);
    }
  });

  it.each<[string, MemoryProvider, string]>([
    ['stop zeta', stopped(), 'Cluster is already stopped.\n'],
    ['start zeta', account(), 'Cluster is already running.\n'],
    ['stop zeta --assume-yes', account(), 'zeta is now stopped.\n'],
  ])('on standard output of "%s"', async (line, provider, stdout) => {
    expect(await runCli(line, { provider })).toMatchObject({ code: 0, stdout });
  });

  it('copy-file says it of a stopped cluster', async () => {
    const cwd = temporaryFolder('cli');
    writeFileSync(join(cwd, 'data.csv'), '');
    const run = await runCli('copy-file zeta data.csv /tmp/', { provider: stopped(), cwd });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/^Cluster is in state 'stopped'\. Cannot execute copy-file\.\n/);
  });
});

describe('remove-slaves with more than there are', () => {
  it('warns, and removes what there is', async () => {
    const provider = account();
    const run = await runCli('remove-slaves zeta --num-slaves 9 --assume-yes', { provider });
    expect(run.code).toBe(0);
    expect(run.stderr).toContain('warning: Cluster "zeta" has 1 worker; 9 can’t be removed.');
    expect(provider.clusters.get('zeta')?.cluster.workers).toEqual([]);
    const again = await runCli('remove-slaves zeta --num-slaves 9', { provider });
    expect([again.code, again.stdout]).toEqual([0, 'zeta has no workers to remove.\n']);
  });
});

describe('a question', () => {
  interface Asked {
    readonly line: string;
    /** Whether it was done. */
    readonly isDone: (provider: MemoryProvider) => boolean;
    readonly declined: string;
  }
  const asked: Asked[] = [
    {
      line: 'stop zeta',
      isDone: ({ clusters }) => clusters.get('zeta')?.cluster.master?.state === 'stopped',
      declined: 'Nothing was stopped.',
    },
    {
      line: 'remove-slaves zeta --num-slaves 1',
      isDone: ({ clusters }) => clusters.get('zeta')?.cluster.workers.length === 0,
      declined: 'No worker was removed.',
    },
    {
      line: 'destroy zeta',
      isDone: ({ clusters }) => !clusters.has('zeta'),
      declined: 'Nothing was destroyed.',
    },
  ];
  const ways: [string, RunOptions, string, 'done' | 'declined' | 'unanswered' | 'interrupted'][] = [
    ['y at a terminal', { tty: true, answers: ['y'] }, '', 'done'],
    ['n at a terminal', { tty: true, answers: ['n'] }, '', 'declined'],
    ['Enter at a terminal', { tty: true, answers: [''] }, '', 'declined'],
    ['Ctrl-C at a terminal', { tty: true, answers: ['^C'] }, '', 'interrupted'],
    ['yes in a pipe', { input: 'y\ny\ny\n' }, '', 'done'],
    ['no in a pipe', { input: 'n\n' }, '', 'declined'],
    ['an empty line in a pipe', { input: '\n' }, '', 'declined'],
    ['the end of a file', {}, '', 'unanswered'],
    ['--assume-yes', {}, '--assume-yes', 'done'],
    ['-y at a terminal', { tty: true, columns: 2000 }, '-y', 'done'],
    ['--assume-yes, whatever is piped', { input: 'n\n' }, '--assume-yes', 'done'],
    ['--assume-yes --no-assume-yes', {}, '--assume-yes --no-assume-yes', 'unanswered'],
  ];
  const cases = asked.flatMap((one) =>
    ways.map(([title, ...way]) => [one.line, title, one, ...way] as const),
  );

  it.each(cases)(
    'before %s: %s',
    async (line, _title, { isDone, declined }, options, flag, end) => {
      const provider = account();
      const run: CliRun = await runCli(`${line} ${flag}`, { ...options, provider });
      expect(isDone(provider)).toBe(end === 'done');
      expect(run.code).toBe({ done: 0, declined: 1, unanswered: 1, interrupted: 130 }[end]);
      if (end === 'done') return;
      expect(run.raw).toContain(declined);
      expect(run.raw.includes('--assume-yes')).toBe(end === 'unanswered');
      if (options.tty !== true) expect(run.raw).toMatch(/"zeta".*\? .*\[y\/N\]\n/);
    },
  );

  it('is asked after the cluster was found', async () => {
    const run = await runCli('destroy nosuch', { provider: account(), input: 'y\n' });
    expect([run.code, run.questions]).toEqual([1, []]);
    expect(run.stderr).not.toContain('[y/N]');
  });

  it('is answered by the end of a file as JSON, too', async () => {
    const run = await runCli('destroy zeta --json', { provider: account() });
    expect(run.code).toBe(1);
    expect(JSON.parse(run.stdout)).toMatchObject({
      error: { code: 'ABORTED', details: { declined: 'destroy.confirm' } },
    });
  });

  it.each(['repair zeta', 'start zeta', 'add-slaves zeta --num-slaves 1', 'launch new'])(
    'is none before %s',
    async (line) => {
      const provider = account();
      if (line.startsWith('start')) await runCli('stop zeta -y', { provider });
      const run = await runCli(line, { provider, tty: true });
      expect([run.code, run.questions]).toEqual([0, []]);
    },
  );

  it('of diagnostics is answered likewise, and what was found is still shown', async () => {
    const half = { state: 'half-launched', reason: 'it never finished' } as const;
    const broken = () => new MemoryProvider().add('half', 1, half);
    for (const [options, flag, left] of [
      [{ input: 'y\n' }, '', 0],
      [{ input: 'n\n' }, '', 1],
      [{}, '', 1],
      [{}, ' --assume-yes', 0],
    ] as const) {
      const provider = broken();
      const run = await runCli(`doctor --fix${flag}`, { ...options, provider });
      expect([run.code, provider.clusters.size]).toEqual([left, left]);
      expect(run.stdout).toContain('"half" is not completely launched');
    }
  });
});
