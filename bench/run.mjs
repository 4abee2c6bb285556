// npm run bench: how fast we are beside what we could be, in one run on one machine. Absolute numbers say little; ratios say much.
//
//   npm run bench -- startup extension launch submit connect describe nodes passing-on    some of it only
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildProject, installPackages, requireNode, root } from '../scripts/prepare.mjs';
import { connections } from './connect.mjs';
import { describes, nodes } from './nodes.mjs';
import { passingOn } from './passing-on.mjs';

requireNode();
installPackages();
buildProject();

const here = dirname(fileURLToPath(import.meta.url));
const cli = join(root, 'dist', 'cli.js');
const folder = mkdtempSync(join(tmpdir(), 'flintrock-bench-'));
const env = { ...process.env, FLINTROCK_STATE: join(folder, 'state') };
/**
 * @typedef {object} Row
 * @property {string} what
 * @property {number[]} ours milliseconds, unless it says otherwise
 * @property {number[]} theirs what it is measured by; empty if by nothing
 * @property {string} against whose they are
 * @property {string} limit
 */

/** @type {Row[]} */
const rows = [];
const asked = process.argv.slice(2);
const wants = (/** @type {string} */ part) => asked.length === 0 || asked.includes(part);
try {
  if (wants('startup')) startup();
  if (wants('extension')) await extension();
  if (wants('launch') || wants('submit')) {
    const machine = prepare();
    if (wants('launch')) launches(machine);
    if (wants('submit')) submits(machine);
  }
  if (wants('connect')) rows.push(...(await connections({ folder, cli, env, flintrock })));
  if (wants('describe')) rows.push(...(await describes(inTurn)));
  if (wants('nodes')) rows.push(...(await nodes([1, 10, 25])));
  if (wants('passing-on')) rows.push(...(await passingOn([5, 25])));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
print();

function startup() {
  const bare = { what: 'node -e 0', run: () => time(process.execPath, ['-e', '0']) };
  const help = { what: 'flintrock --help', run: () => time(process.execPath, [cli, '--help']) };
  const describe = {
    what: 'flintrock describe --provider local',
    run: () => time(process.execPath, [cli, 'describe', '--provider', 'local']),
  };
  const [none = [], ...ours] = inTurn(20, [bare, help, describe]);
  for (const [index, { what }] of [help, describe].entries())
    rows.push({
      what,
      ours: ours[index] ?? [],
      theirs: none,
      against: bare.what,
      limit: 'at most 2.5',
    });
}

/** The extension's own time in VS Code's extension host; what is ours only, so that the limit is in milliseconds. */
async function extension() {
  const source = join(here, 'extension');
  const place = join(folder, 'extension');
  mkdirSync(join(place, 'node_modules', 'vscode'), { recursive: true });
  copyFileSync(join(root, 'dist', 'extension.cjs'), join(place, 'extension.cjs'));
  const bundle = (/** @type {string} */ from, /** @type {string} */ to) =>
    build({
      entryPoints: [join(source, from)],
      outfile: join(place, to),
      bundle: true,
      format: 'cjs',
      platform: 'node',
      external: ['vscode'],
      logLevel: 'warning',
    });
  await bundle('vscode.ts', 'node_modules/vscode/index.js');
  await bundle('activate.ts', 'activate.cjs');
  await bundle('tree.ts', 'tree.cjs');
  for (const [what, file, limit] of [
    ['activate, in the extension host', 'activate.cjs', 'under 50 ms'],
    ['tree of 1,000 instances, all rows', 'tree.cjs', 'under 200 ms'],
  ]) {
    const program = join(place, file ?? '');
    const ours = Array.from({ length: 7 }, () => Number(must(process.execPath, [program])));
    rows.push({ what: what ?? '', ours, theirs: [], against: '', limit: limit ?? '' });
  }
}

/** Fetches Spark if need be and leaves the class archives: the first cluster and the first job write them. */
function prepare() {
  const job = join(folder, 'empty.py');
  writeFileSync(
    job,
    'from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate().stop()\n',
  );
  flintrock(
    'launch',
    'bench',
    '--provider',
    'local',
    '--num-workers',
    '2',
    '--worker-memory',
    '1g',
  );
  flintrock('submit', 'bench', job);
  const record = JSON.parse(
    readFileSync(join(folder, 'state', 'local', 'bench', 'cluster.json'), 'utf8'),
  );
  const cache = join(dirname(dirname(record.spark.home)), 'class-data');
  const archives = readdirSync(cache)
    .map((name) => join(cache, name))
    .filter((name) => name.includes(`spark-${record.spark.version}-`));
  // The driver writes its own after the job has ended.
  for (let i = 0; i < 120 && !archives.some((name) => existsSync(join(name, 'driver.jsa'))); i += 1)
    spawnSync('sleep', ['0.5']);
  flintrock('destroy', 'bench', '--assume-yes');
  const archive = archives.find((name) => existsSync(join(name, 'master.jsa'))) ?? '';
  return { job, archive, spark: record.spark.home, java: record.java.home };
}

/** @param {ReturnType<typeof prepare>} machine */
function launches({ archive, spark, java }) {
  const by =
    (/** @type {string[]} */ ...args) =>
    () =>
      Number(
        must('bash', [join(here, 'daemons.sh'), ...args], { SPARK_HOME: spark, JAVA_HOME: java }),
      );
  const [ours = [], slow = [], fast = []] = inTurn(5, [
    {
      what: 'flintrock launch',
      run: () => {
        const took = time(process.execPath, [
          cli,
          'launch',
          'bench',
          '--provider',
          'local',
          '--num-workers',
          '2',
          '--worker-memory',
          '1g',
          '--worker-cores',
          '1',
        ]);
        flintrock('destroy', 'bench', '--assume-yes');
        return took;
      },
    },
    { what: 'spark-class', run: by('spark-class') },
    { what: 'the fastest script', run: by('direct', archive) },
  ]);
  const what = 'launch, two workers';
  rows.push({ what, ours, theirs: slow, against: 'daemons by spark-class', limit: 'at most 0.5' });
  rows.push({
    what,
    ours,
    theirs: fast,
    against: 'the fastest script',
    limit: 'at most 1.15, or 1 s more',
  });
}

/** @param {ReturnType<typeof prepare>} machine */
function submits({ job, spark, java }) {
  flintrock(
    'launch',
    'bench',
    '--provider',
    'local',
    '--num-workers',
    '2',
    '--worker-memory',
    '1g',
  );
  const conf = join(folder, 'state', 'local', 'bench', 'conf');
  const shell = {
    SPARK_HOME: spark,
    JAVA_HOME: java,
    SPARK_CONF_DIR: conf,
    SPARK_LOCAL_IP: '127.0.0.1',
  };
  const [ours = [], theirs = []] = inTurn(5, [
    { what: 'flintrock submit', run: () => time(process.execPath, [cli, 'submit', 'bench', job]) },
    { what: 'spark-submit', run: () => time(join(spark, 'bin', 'spark-submit'), [job], shell) },
  ]);
  flintrock('destroy', 'bench', '--assume-yes');
  rows.push({
    what: 'submit of an empty job',
    ours,
    theirs,
    against: 'spark-submit',
    limit: 'at most 1',
  });
}

/**
 * Runs several things in turn, A B C A B C …, so that a machine that gets slower is slower for all; one round first that isn't counted.
 *
 * @param {number} rounds
 * @param {{ what: string, run: () => number }[]} things
 * @returns {number[][]} milliseconds of each
 */
function inTurn(rounds, things) {
  const results = things.map(() => /** @type {number[]} */ ([]));
  for (let round = 0; round <= rounds; round += 1)
    for (const [index, { what, run }] of things.entries()) {
      const took = run();
      if (round > 0) results[index]?.push(took);
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}: ${took.toFixed(0)} ms`);
    }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return results;
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string>} [more]
 */
function time(program, args, more) {
  const start = process.hrtime.bigint();
  must(program, args, more);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** @param {string[]} args */
function flintrock(...args) {
  must(process.execPath, [cli, ...args]);
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string>} [more]
 */
function must(program, args, more = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...env, ...more },
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function print() {
  const table = [['what', 'ms', 'against', 'ms', 'ratio', 'should be']];
  for (const { what, ours, theirs, against, limit } of rows)
    table.push([
      what,
      median(ours).toFixed(0),
      against,
      theirs.length === 0 ? '' : median(theirs).toFixed(0),
      theirs.length === 0 ? '' : (median(ours) / median(theirs)).toFixed(2),
      limit,
    ]);
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  console.log('\nMedians; each pair was run in turn on this machine.');
}
