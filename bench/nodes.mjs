// What a launch on EC2 costs the nodes: machine CPU and time, on the lab with the light Spark, beside a bare script, in one run.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../scripts/prepare.mjs';
import { insideLab, isRunning, runFolder, startLab, stopLab } from '../test/lab/control.mjs';
import { prepareLab, sparkVersion } from '../test/lab/prepare.mjs';

const lab = process.env['FLINTROCK_LAB'] ?? 'flintrock-bench';
/** Debian with Java. */
const image = 'ami-0deb1200000000002';
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

/**
 * @param {number[]} sizes numbers of workers
 * @returns rows of the table: wall time, and the CPU time of the whole machine, for each size
 */
export async function nodes(sizes) {
  const prepared = prepareLab();
  if (!prepared.ok) {
    console.error(`There can be no lab here: ${prepared.reason}.`);
    return [];
  }
  const started = !isRunning(lab);
  if (started) await startLab({ name: lab });
  try {
    return sizes.flatMap((workers) => {
      const ours = launch(workers);
      const theirs = bare(workers);
      const what = `EC2 launch, ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
      const against = 'a bare script';
      const allowed = `at most ${((share * (workers + 1)) / 1000).toFixed(1)} s more`;
      return [
        { what, ours: [ours.wall], theirs: [theirs.wall], against, limit: '' },
        { what: `  its CPU`, ours: [ours.cpu], theirs: [theirs.cpu], against, limit: allowed },
      ];
    });
  } finally {
    if (started) await stopLab(lab);
  }
}

/** @param {number} workers */
function launch(workers) {
  const home = mkdtempSync(join(tmpdir(), 'flintrock-bench-nodes-'));
  try {
    const cli = join(root, 'dist', 'cli.js');
    const options = ['--provider', 'ec2', '--num-workers', String(workers), '--ec2-ami', image];
    return measure(['node', cli, 'launch', 'bench', ...options], {
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

/**
 * Runs a client in an empty lab.
 *
 * @param {string[]} command
 * @param {Record<string, string>} more
 * @returns milliseconds until it ends: on the clock, and of the CPU, its own and the lab's with all hosts
 */
function measure(command, more) {
  inside(['curl', '-sf', '-d', '{}', `${env.AWS_ENDPOINT_URL}/lab/reset`]);
  const settings = '{"pendingSeconds":0.3,"bootSeconds":0.1,"stoppingSeconds":0.3}';
  inside(['curl', '-sf', '-d', settings, `${env.AWS_ENDPOINT_URL}/lab/settings`]);
  const before = labCpu();
  const start = process.hrtime.bigint();
  // bash knows what its children used.
  const text = inside(
    ['bash', '-c', 'TIMEFORMAT="%U %S"; { time "$@" >/dev/null; } 2>&1', '-', ...command],
    more,
  );
  const wall = Number(process.hrtime.bigint() - start) / 1e6;
  const [user = NaN, system = NaN] = (text.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  const cpu = labCpu() - before + 1000 * (user + system);
  if (process.stderr.isTTY || process.env['CI'] === undefined)
    console.error(
      `${command[1]?.split('/').at(-1)} ${wall.toFixed(0)} ms, ${cpu.toFixed(0)} ms of CPU`,
    );
  inside(['curl', '-sf', '-d', '{}', `${env.AWS_ENDPOINT_URL}/lab/reset`]);
  return { wall, cpu };
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
function inside(command, more = {}) {
  const [program = '', ...args] = [...insideLab(lab), ...command];
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...env, ...more },
  });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}
