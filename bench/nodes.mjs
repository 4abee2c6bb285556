// What clusters on EC2 cost, on the lab with the light Spark: a launch in CPU of the whole machine beside a bare script, and of the client
// alone; a look at a cluster in time, beside the Python tool.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../scripts/prepare.mjs';
import { insideLab, isRunning, runFolder, startLab, stopLab } from '../test/lab/control.mjs';
import { peer, prepareLab, sparkVersion } from '../test/lab/prepare.mjs';

export const lab = process.env['FLINTROCK_LAB'] ?? 'flintrock-bench';
export const cli = join(root, 'dist', 'cli.js');
/** Debian with Java. */
export const image = 'ami-0deb1200000000002';
const client = '127.30.255.254';
const mirror = 'http://127.20.255.254:8000/light';
const spark = `${mirror}/spark/spark-${sparkVersion}/spark-${sparkVersion}-bin-hadoop3.tgz`;
const env = {
  ...process.env,
  AWS_ENDPOINT_URL: 'http://127.0.0.1:5000',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'lab',
  AWS_SECRET_ACCESS_KEY: 'lab',
  AWS_EC2_METADATA_DISABLED: 'true',
  FLINTROCK_CLIENT_ADDRESS: client,
  FLINTROCK_APACHE_MIRRORS: mirror,
};

/** How much CPU a node may cost more than the bare script's, in milliseconds. */
const share = 500;

/** How much CPU the client may take for a launch, in milliseconds, and how much memory, in MiB. */
const clientLimits = { cpu: 2000, memory: 100 };

/** @typedef {import('./run.mjs').Row} Row */

/**
 * What launches cost.
 *
 * @param {number[]} sizes numbers of workers
 * @returns {Promise<Row[]>} for each size: wall time; CPU time of the whole machine; CPU time and memory of the client
 */
export async function nodes(sizes) {
  return inLab(() =>
    sizes.flatMap((workers) => {
      const ours = launch(workers);
      const theirs = bare(workers);
      const what = `EC2 launch, ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
      const against = 'a bare script';
      const allowed = `at most ${((share * (workers + 1)) / 1000).toFixed(1)} s more`;
      const alone = { theirs: [], against: '' };
      const { cpu, memory } = clientLimits;
      return [
        { what, ours: [ours.wall], theirs: [theirs.wall], against, limit: '' },
        { what: '  its CPU', ours: [ours.cpu], theirs: [theirs.cpu], against, limit: allowed },
        { what: '  the client’s', ours: [ours.clientCpu], ...alone, limit: `at most ${cpu}` },
        { what: '  its MiB', ours: [ours.clientMiB], ...alone, limit: `under ${memory}` },
      ];
    }),
  );
}

/**
 * How long it takes until what EC2 knows of a cluster is printed.
 *
 * @param {(rounds: number, things: { what: string, run: () => number }[]) => number[][]} inTurn
 * @returns {Promise<Row[]>}
 */
export async function describes(inTurn) {
  return inLab(() => {
    const home = mkdtempSync(join(tmpdir(), 'flintrock-bench-describe-'));
    const whose = { HOME: home, FLINTROCK_STATE: join(home, 'state'), LC_ALL: 'C.UTF-8' };
    // The Python tool wants a file; there is nothing in it that this asks for.
    const file = join(home, 'config.yaml');
    writeFileSync(file, 'services: {}\nproviders: {ec2: {region: us-east-1}}\nlaunch: {}\n');
    const time = (/** @type {string[]} */ ...command) => {
      const start = process.hrtime.bigint();
      inside(command, whose);
      return Number(process.hrtime.bigint() - start) / 1e6;
    };
    try {
      reset();
      inside(['node', cli, 'launch', 'bench', ...launchOptions(1)], whose);
      const theirs = {
        what: 'its describe',
        run: () => time(peer, '--config', file, 'describe', 'bench'),
      };
      const [slow = [], ...ours] = inTurn(9, [
        theirs,
        { what: 'describe bench', run: () => time('node', cli, 'describe', 'bench') },
      ]);
      return [
        {
          what: 'flintrock describe NAME, in a pipe',
          ours: ours[0] ?? [],
          theirs: slow,
          against: 'the Python tool',
          limit: 'at most 1',
        },
      ];
    } finally {
      reset();
      rmSync(home, { recursive: true, force: true });
    }
  });
}

/**
 * @param {() => Row[]} work
 * @returns {Promise<Row[]>}
 */
export async function inLab(work) {
  const prepared = prepareLab();
  if (!prepared.ok) {
    console.error(`There can be no lab here: ${prepared.reason}.`);
    return [];
  }
  const started = !isRunning(lab);
  if (started) await startLab({ name: lab });
  try {
    return work();
  } finally {
    if (started) await stopLab(lab);
  }
}

/** @param {number} workers */
function launchOptions(workers) {
  return ['--provider', 'ec2', '--num-workers', String(workers), '--ec2-ami', image];
}

/** @param {number} workers */
function launch(workers) {
  const home = mkdtempSync(join(tmpdir(), 'flintrock-bench-nodes-'));
  try {
    return measure(['node', cli, 'launch', 'bench', ...launchOptions(workers)], {
      HOME: home,
      FLINTROCK_STATE: join(home, 'state'),
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** @param {number} workers */
function bare(workers) {
  const program = join(root, 'bench', 'bare-cluster.mjs');
  return measure(['node', program, String(workers), image, spark, client], {});
}

/** Empties the lab; its machines boot soon. */
function reset() {
  inside(['curl', '-sf', '-d', '{}', `${env.AWS_ENDPOINT_URL}/lab/reset`]);
  const settings = '{"pendingSeconds":0.3,"bootSeconds":0.1,"stoppingSeconds":0.3}';
  inside(['curl', '-sf', '-d', settings, `${env.AWS_ENDPOINT_URL}/lab/settings`]);
}

/** Runs a program, and prints what it used: seconds of the CPU, kilobytes of memory at its peak. */
const usage = `
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
sys.exit(code)
`;

/**
 * Runs a client in an empty lab.
 *
 * @param {string[]} command
 * @param {Record<string, string>} more
 * @returns milliseconds until it ends: on the clock; of the CPU, its own and the lab's with all hosts; of its own; and its memory in MiB
 */
function measure(command, more) {
  reset();
  const before = labCpu();
  const start = process.hrtime.bigint();
  const text = inside(['python3', '-c', usage, ...command], more);
  const wall = Number(process.hrtime.bigint() - start) / 1e6;
  const [seconds = NaN, kilobytes = NaN] = text.trim().split(' ').map(Number);
  const clientCpu = 1000 * seconds;
  const cpu = labCpu() - before + clientCpu;
  const clientMiB = kilobytes / 1024;
  if (process.stderr.isTTY || process.env['CI'] === undefined)
    console.error(
      `${command[1]?.split('/').at(-1)} ${wall.toFixed(0)} ms, ${cpu.toFixed(0)} ms of CPU, ${clientCpu.toFixed(0)} of them the client’s, ${clientMiB.toFixed(0)} MiB`,
    );
  reset();
  return { wall, cpu, clientCpu, clientMiB };
}

/** Milliseconds of CPU that the lab has used so far. */
function labCpu() {
  for (const folder of readFileSync(join(runFolder(lab), 'cgroups'), 'utf8')
    .trim()
    .split('\n')) {
    const old = join(folder, 'cpuacct.usage');
    if (existsSync(old)) return Number(readFileSync(old, 'utf8')) / 1e6;
    const stat = join(folder, 'cpu.stat');
    const usage = existsSync(stat) && /^usage_usec (\d+)/m.exec(readFileSync(stat, 'utf8'));
    if (usage) return Number(usage[1]) / 1e3;
  }
  throw new Error('The lab’s cgroups don’t count CPU time.');
}

/**
 * @param {string[]} command
 * @param {Record<string, string>} [more]
 */
export function inside(command, more = {}) {
  const [program = '', ...args] = [...insideLab(lab), ...command];
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...env, ...more },
  });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}
