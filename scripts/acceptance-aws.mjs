// npm run acceptance:aws: what no test here can show, on real EC2, with your own account and money. Never run by CI.
//
// It shows the plan and its price, asks, launches with the newest Amazon Linux 2023 on x86_64 and arm64, runs jobs, stops, starts,
// grows, shrinks, uses spot instances and kills a client in mid-launch; whatever happens, it removes all that it made.
//
//   npm run acceptance:aws -- --region eu-west-1 --profile work
//     --architecture x86_64     only this one (or arm64)
//     --without dead-man,spot   leaves parts out: the dead-man alone takes a quarter of an hour
//     --yes                     doesn't ask
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildProject, installPackages, requireNode, root } from './prepare.mjs';

/** Small types that EC2 has nearly everywhere. */
const instanceTypes = { x86_64: 'm5.large', arm64: 'm7g.large' };
/** At most so many nodes at once, for so many hours in all: for the estimate. */
const [mostNodes, hours] = [3, 1];
/** How long nodes may take to switch themselves off whose client is dead, in milliseconds: 15 minutes, and some for the way. */
const deadManLimitMs = 22 * 60_000;
const tag = 'flintrock-acceptance';

const { values: flags } = parseArgs({
  options: {
    region: { type: 'string' },
    profile: { type: 'string' },
    architecture: { type: 'string' },
    without: { type: 'string', default: '' },
    yes: { type: 'boolean', default: false },
  },
});
const architectures = /** @type {(keyof typeof instanceTypes)[]} */ (
  flags.architecture === undefined ? ['x86_64', 'arm64'] : [flags.architecture]
);
const without = new Set(flags.without.split(',').filter(Boolean));

requireNode();
installPackages();
buildProject();

const { Flintrock } = /** @type {typeof import('../src/index.ts')} */ (
  // The build, as users who install it have it.
  await import(pathToFileURL(join(root, 'dist', 'index.js')).href)
);
const run = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
const folder = mkdtempSync(join(tmpdir(), 'flintrock-acceptance-'));
const job = join(folder, 'count.py');
writeFileSync(
  job,
  `from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("counted", spark.sparkContext.parallelize(range(100000), 16).map(lambda n: n * n).count())
spark.stop()
`,
);

/** Options that say where, for every verb. */
const where = {
  provider: /** @type {const} */ ('ec2'),
  ...(flags.region !== undefined && { ec2Region: flags.region }),
  ...(flags.profile !== undefined && { ec2Profile: flags.profile }),
};
/** Names of clusters that may be there. */
const made = new Set();
const stop = new AbortController();
const { signal } = stop;
process.on('SIGINT', () => {
  say('\nStopping; what was made is removed first.');
  stop.abort();
});

const flintrock = new Flintrock({
  host: {
    notify: (event) => {
      if (event.code === 'warning') say(`  ! ${event.message}`);
    },
    ask: (question) => Promise.resolve(question.default),
  },
});
let failures = 0;
try {
  if (!architectures.every((name) => name in instanceTypes))
    fail('--architecture: x86_64 or arm64');
  await agree();
  for (const architecture of architectures) {
    await check(`life on ${architecture}`, () => life(architecture));
    if (!without.has('spot')) await check(`spot on ${architecture}`, () => spot(architecture));
  }
  if (!without.has('resume')) await check('resume after kill -9', resume);
  if (!without.has('dead-man')) await check('nobody comes back after kill -9', deadMan);
} catch (error) {
  failures += 1;
  say(/** @type {Error} */ (error).message);
} finally {
  await removeAll();
  rmSync(folder, { recursive: true, force: true });
}
say(failures === 0 ? '\nAll is well.' : `\n${failures} failed.`);
process.exitCode = failures === 0 ? 0 : 1;

/**
 * A launch's options: tagged, so that users who look at the account know what it is.
 *
 * @param {keyof typeof instanceTypes} architecture
 */
function small(architecture) {
  return {
    ...where,
    numWorkers: 1,
    ec2InstanceType: instanceTypes[architecture],
    ec2Tags: { [tag]: run },
  };
}

/** Shows what it would cost, and asks. */
async function agree() {
  let hourly = 0;
  for (const architecture of architectures) {
    const plan = await flintrock.plan(`acceptance-${run}`, {
      values: { ...small(architecture), numWorkers: mostNodes - 1 },
      signal,
    });
    for (const { severity, message, remedies } of plan.problems)
      say(`  ${severity}: ${message} ${remedies.map(({ text }) => text).join(' ')}`);
    if (!plan.ok) fail(`${architecture} can't be launched.`);
    for (const change of plan.changes) say(`  ${change}`);
    if (plan.price === null) say('  Its price could not be found out.');
    hourly = Math.max(hourly, plan.price?.perHour ?? 0);
  }
  say(
    `Never more than ${mostNodes} nodes at once, for about ${hours} h in all: some $${(hourly * hours).toFixed(2)}. Each is tagged ${tag}=${run}, and removed in any case.`,
  );
  if (flags.yes) return;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Spend it? [y/N] ', { signal });
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) fail('Nothing was made.');
}

/**
 * @param {string} what
 * @param {() => Promise<void>} test
 */
async function check(what, test) {
  signal.throwIfAborted();
  const begin = Date.now();
  try {
    await test();
    say(`✓ ${what} (${Math.round((Date.now() - begin) / 1000)} s)`);
  } catch (error) {
    failures += 1;
    const { code = '', message, remedies = [] } = /** @type {any} */ (error);
    say(
      `✗ ${what}: ${code} ${message} ${remedies.map((/** @type {{ text: string }} */ { text }) => text).join(' ')}`,
    );
  }
}

/** @param {keyof typeof instanceTypes} architecture */
async function life(architecture) {
  const name = nameOf(`life-${architecture}`);
  const options = { values: where, signal };
  await flintrock.launch(name, { values: small(architecture), signal });
  await count(name);
  await flintrock.stop(name, options);
  await flintrock.start(name, options);
  await count(name);
  await flintrock.addWorkers(name, 1, options);
  await count(name);
  const { cluster } = await flintrock.removeWorkers(name, 1, options);
  equal('workers', cluster.workers.length, 1);
  await flintrock.destroy(name, options);
  await gone(name);
}

/** @param {keyof typeof instanceTypes} architecture */
async function spot(architecture) {
  const name = nameOf(`spot-${architecture}`);
  // Far above what it costs, so that it is only the capacity that counts.
  await flintrock.launch(name, { values: { ...small(architecture), ec2SpotPrice: 1 }, signal });
  await count(name);
  await flintrock.destroy(name, { values: where, signal });
  await gone(name);
}

/** The client dies in mid-launch; another one finishes it. */
async function resume() {
  const name = nameOf('resume');
  await launchAndKill(name);
  await flintrock.resume(name, { values: where, signal });
  await count(name);
  await flintrock.destroy(name, { values: where, signal });
  await gone(name);
}

/** The client dies in mid-launch, and nobody cares: the nodes switch themselves off. */
async function deadMan() {
  const name = nameOf('dead-man');
  await launchAndKill(name);
  const end = Date.now() + deadManLimitMs;
  for (;;) {
    signal.throwIfAborted();
    const { clusters } = await flintrock.describe(undefined, { values: where, signal });
    const cluster = clusters.find((one) => one.name === name);
    if (cluster === undefined) return;
    if (Date.now() > end) throw new Error(`"${name}" is ${cluster.state} still`);
    await new Promise((resolve) => setTimeout(resolve, 15_000));
  }
}

/**
 * Launches by the command line, and kills it as soon as EC2 has answered.
 *
 * @param {string} name
 */
async function launchAndKill(name) {
  const [architecture = 'x86_64'] = architectures;
  const child = spawn(
    process.execPath,
    [
      ...[join(root, 'dist', 'cli.js'), 'launch', name, '--events', '--provider', 'ec2'],
      ...(flags.region === undefined ? [] : ['--ec2-region', flags.region]),
      ...(flags.profile === undefined ? [] : ['--ec2-profile', flags.profile]),
      ...['--num-workers', '1', '--ec2-instance-type', instanceTypes[architecture]],
      ...['--ec2-tag', `${tag},${run}`, '--assume-yes'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], cwd: homedir() },
  );
  let said = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (/** @type {string} */ text) => {
    said += text;
    if (said.includes('"node.phase"')) child.kill('SIGKILL');
  });
  const [, how] = await once(child, 'exit');
  if (how !== 'SIGKILL') throw new Error(`the launch ended by itself: ${said.slice(-500)}`);
}

/**
 * Runs a job on a cluster and looks at what it says.
 *
 * @param {string} name
 */
async function count(name) {
  const { exitCode } = await flintrock.submit(name, { file: job }, { values: where, signal });
  equal('the job’s exit code', exitCode, 0);
}

/** @param {string} name */
async function gone(name) {
  const { clusters } = await flintrock.describe(undefined, { values: where, signal });
  equal('clusters left', clusters.filter((one) => one.name === name).length, 0);
  made.delete(name);
}

/** Removes whatever is left, though the person may have stopped all the rest. */
async function removeAll() {
  for (const name of made) {
    say(`  removing ${name}`);
    await flintrock.destroy(name, { values: where }).catch((/** @type {unknown} */ thrown) => {
      const { code, message } = /** @type {any} */ (thrown);
      if (code === 'CLUSTER_NOT_FOUND') return;
      failures += 1;
      say(`✗ "${name}" could not be removed: ${message}`);
      say(`  Remove what is tagged ${tag}=${run} in the console.`);
    });
  }
}

/** @param {string} part */
function nameOf(part) {
  const name = `acceptance-${part}-${run}`;
  made.add(name);
  return name;
}

/**
 * @param {string} what
 * @param {unknown} is
 * @param {unknown} should
 */
function equal(what, is, should) {
  if (is !== should) throw new Error(`${what}: ${String(is)} instead of ${String(should)}`);
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * @param {string} text
 * @returns {never}
 */
function fail(text) {
  throw new Error(text);
}
