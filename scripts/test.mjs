// npm test: installs what it needs, checks the code, runs every suite and counts them together.
//
//   npm test                    everything; vscode drives a real VS Code in a real browser
//   npm test -- unit package    some of: check unit integration lab e2e package vscode
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { defaultName, insideLab, startLab, stopLab } from '../test/lab/control.mjs';
import { prepareLab } from '../test/lab/prepare.mjs';
import { prepareVsCode } from '../test/vscode/prepare.mjs';
import {
  buildProject,
  installPackages,
  installPrograms,
  installSparkClient,
  requireNode,
  root,
} from './prepare.mjs';

// Those of a group run beside each other.
const groups = [['check'], ['unit'], ['integration', 'e2e', 'lab'], ['package'], ['vscode']];
const suites = groups.flat();
/** Files of the lab that take several minutes each. */
const longInLab = /\/(lifetime|lost-replies|yarn|packages|s3)\.test\.ts$/;
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !suites.includes(name));
if (unknown.length > 0) {
  console.error(`There is no suite ${unknown.join(', ')}. There are: ${suites.join(', ')}.`);
  process.exit(2);
}

requireNode();
installPackages();
buildProject();

// What can be installed and isn't is a failure: nothing is left out by accident.
const missing = installPrograms({ shellcheck: 'shellcheck', 'ssh-keygen': 'openssh-client' });

const withClient = ['integration', 'lab', 'vscode'];
if (asked.length === 0 || asked.some((name) => withClient.includes(name))) installSparkClient();

const runner = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const scratch = mkdtempSync(join(tmpdir(), 'flintrock-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const skipped = [];
// Told again at the end: a log of an hour is seldom read from its beginning.
/** @type {string[]} */
const failures = [];
for (const group of groups) {
  const chosen = group.filter((name) => asked.length === 0 || asked.includes(name));
  const start = Date.now();
  const counts = await run(chosen);
  const seconds = Math.round((Date.now() - start) / 1000);
  for (const [suite, { passed, failed, skipped: left }] of counts)
    console.log(`${suite}: ${passed} passed, ${failed} failed, ${left} skipped`);
  if (counts.size > 0) console.log(`${seconds} s\n`);
  for (const one of counts.values()) add(total, one);
}
rmSync(scratch, { recursive: true, force: true });
for (const name of skipped) console.log(`skipped: ${name}`);
for (const text of failures) console.log(`failed: ${text}\n`);
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
);
// Where all of it can run, what was left out was left out by accident.
const isWhole = total.skipped === 0 || !process.env['CI'];
if (!isWhole) console.error('In CI nothing may be skipped.');
process.exitCode = total.failed === 0 && total.passed > 0 && isWhole ? 0 : 1;

/**
 * Runs the suites of a group.
 *
 * @param {string[]} names
 * @returns {Promise<Map<string, Counts>>}
 */
async function run(names) {
  const [name] = names;
  if (name === undefined) return new Map();
  if (name === 'check') return new Map([[name, await check()]]);
  if (name === 'vscode') return new Map([[name, await runVsCodeSuites()]]);
  if (name === 'unit' || name === 'package') return new Map([[name, runSuite(name)]]);
  return runBeside(names);
}

/** Types, lint, format, dead code, generated files, shell scripts: each counts as a test. Two at a time. */
async function check() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  /** @type {[string, string[]][]} */
  const steps = [
    ['lint', ['eslint', '.', '--max-warnings=0']],
    ['types', ['tsc', '--noEmit']],
    ['types of the pages', ['tsc', '--noEmit', '-p', 'webview']],
    ['format', ['prettier', '--check', '--log-level=warn', '.']],
    ['dead code', ['knip']],
    ['generated files', ['node', 'scripts/generate.mjs', '--check']],
    ['API report', ['api-extractor', 'run']],
    ['shell scripts', ['shellcheck', '--external-sources', '--source-path=.', ...shellScripts()]],
  ];
  const lane = async () => {
    for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
      const [what, [program = '', ...args]] = step;
      if (missing.includes(program)) {
        skipped.push(`${what}: there is no ${program}`);
        counts.skipped += 1;
        continue;
      }
      const command =
        program === 'node'
          ? process.execPath
          : program === 'shellcheck'
            ? program
            : join(root, 'node_modules', '.bin', program);
      const { status, output } = await runProgram(command, args);
      console.log(`${status === 0 ? '✓' : '✗'} ${what}`);
      if (status !== 0) {
        console.log(output);
        failures.push(`${what}: see above`);
      }
      counts[status === 0 ? 'passed' : 'failed'] += 1;
    }
  };
  await Promise.all([lane(), lane()]);
  return counts;
}

/**
 * Runs a program and gives what it printed, with its errors, and its exit code.
 *
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<{ status: number | null, output: string }>}
 */
function runProgram(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}

/** Every shell script of the project, told by its name or its first line. */
function shellScripts() {
  const { stdout } = spawnSync('git', ['grep', '-lIE', '^#!.*\\b(ba)?sh$'], {
    cwd: root,
    encoding: 'utf8',
  });
  return stdout.split('\n').filter((name) => name !== '' && !/\.(mjs|ts|md)$/.test(name));
}

/**
 * Starts EC2 in miniature and runs a suite inside; where that can't be, each of its tests is skipped by name.
 *
 * @param {string} suite
 */
async function runInLab(suite) {
  const prepared = prepareLab();
  if (!prepared.ok) return withoutPlace(suite, 'lab', prepared);
  try {
    await startLab();
    return await runApart(suite, insideLab());
  } catch (error) {
    fail('the lab', error instanceof Error ? error.message : String(error));
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    await stopLab();
  }
}

/**
 * Runs the files of suites, two at a time: what they do is mostly to wait for machines and daemons. One lane begins with those that
 * launch clusters on this machine; then each lane has a lab, and takes the next file when it is done with one.
 *
 * @param {string[]} names
 * @returns {Promise<Map<string, Counts>>}
 */
async function runBeside(names) {
  /** @type {Map<string, Counts>} */
  const counts = new Map(names.map((name) => [name, { passed: 0, failed: 0, skipped: 0 }]));
  /**
   * @param {string} suite
   * @param {Counts} more
   */
  const count = (suite, more) => add(counts.get(suite) ?? total, more);
  const prepared = names.includes('lab') ? prepareLab() : undefined;
  if (prepared?.ok === false) count('lab', withoutPlace('lab', 'lab', prepared));
  // Those that take longest come first: at the end no lane is to be alone with one.
  const files = prepared?.ok === true ? filesOf('lab') : [];
  const inLab = [
    ...files.filter((file) => longInLab.test(file)),
    ...files.filter((file) => !longInLab.test(file)),
  ];
  /**
   * @param {string} suite
   * @param {string} file
   * @param {string[]} prefix
   */
  const runFile = async (suite, file, prefix) => {
    count(suite, await runApart(suite, prefix, file));
  };
  const onThisMachine = async () => {
    for (const suite of names.filter((name) => name !== 'lab'))
      for (const file of filesOf(suite)) await runFile(suite, file, []);
  };
  /** @param {string} name */
  const lane = async (name) => {
    if (inLab.length === 0) return;
    try {
      await startLab({ name });
      const prefix = [...insideLab(name), 'env', `FLINTROCK_LAB=${name}`];
      for (let file = inLab.shift(); file !== undefined; file = inLab.shift())
        await runFile('lab', file, prefix);
    } catch (error) {
      fail('the lab', error instanceof Error ? error.message : String(error));
      count('lab', { passed: 0, failed: 1, skipped: 0 });
    } finally {
      await stopLab(name);
    }
  };
  await Promise.all([onThisMachine().then(() => lane(defaultName)), lane(`${defaultName}-2`)]);
  return counts;
}

/**
 * The files of a suite.
 *
 * @param {string} suite
 * @returns {string[]}
 */
function filesOf(suite) {
  return list(suite, '--filesOnly')
    .map(({ file }) => relative(root, file))
    .sort();
}

/**
 * What vitest finds of a suite, without running it.
 *
 * @param {string} suite
 * @param {string[]} flags
 * @returns {{ name: string, file: string }[]}
 */
function list(suite, ...flags) {
  const found = join(scratch, `${suite}-list.json`);
  const args = ['list', '--project', suite, ...flags, `--json=${found}`];
  const { stderr } = spawnSync(process.execPath, [runner, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  if (!existsSync(found)) throw new Error(`The tests of ${suite} can’t be listed: ${stderr}`);
  return JSON.parse(readFileSync(found, 'utf8'));
}

/**
 * Installs a real VS Code and runs its suites beside each other, on this machine and in the lab; where that can't be, each test is skipped by
 * name.
 */
async function runVsCodeSuites() {
  const prepared = prepareVsCode();
  if (!prepared.ok) {
    const sum = withoutPlace('vscode', 'VS Code', prepared);
    add(sum, withoutPlace('vscode-ec2', 'VS Code', prepared));
    return sum;
  }
  const [here, inLab] = await Promise.all([runApart('vscode'), runInLab('vscode-ec2')]);
  add(here, inLab);
  return here;
}

/**
 * Counts a suite whose place isn't there: as skipped where this machine can't have one, as failed where making it went wrong.
 *
 * @param {string} suite
 * @param {string} place
 * @param {{ reason: string, failed: boolean }} why
 * @returns {Counts}
 */
function withoutPlace(suite, place, { reason, failed }) {
  if (!failed) return skipSuite(suite, `no ${place} here: ${reason}`);
  fail(`${suite}: there is no ${place}`, reason);
  return { passed: 0, failed: 1, skipped: 0 };
}

/**
 * Counts and names the tests of a suite without running one.
 *
 * @param {string} suite
 * @param {string} why
 * @returns {Counts}
 */
function skipSuite(suite, why) {
  const tests = list(suite);
  skipped.push(...tests.map(({ name }) => `${name}: ${why}`));
  return { passed: 0, failed: 0, skipped: tests.length };
}

/**
 * Runs a suite that nothing else runs beside.
 *
 * @param {string} suite
 */
function runSuite(suite) {
  const report = join(scratch, `${suite}.json`);
  const [program = '', ...args] = vitest(suite, report);
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  return countsOf(report, status);
}

/**
 * Runs a suite, or a file of it, and shows what it printed when it is done, since others run beside it.
 *
 * @param {string} suite
 * @param {string[]} [prefix] a command that the runner is started by
 * @param {string} [file]
 */
async function runApart(suite, prefix = [], file) {
  const report = join(scratch, `${(file ?? suite).replaceAll('/', '-')}.json`);
  const files = file === undefined ? [] : [file];
  const [program = '', ...args] = [...prefix, ...vitest(suite, report), ...files];
  const { status, output } = await runProgram(program, args);
  console.log(output);
  return countsOf(report, status);
}

/**
 * The command that runs a suite, and writes a report of it.
 *
 * @param {string} suite
 * @param {string} report
 */
function vitest(suite, report) {
  return [
    process.execPath,
    runner,
    'run',
    '--project',
    suite,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
}

/**
 * What a report of vitest counts.
 *
 * @param {string} report
 * @param {number | null} status vitest's exit code
 */
function countsOf(report, status) {
  try {
    const { testResults, numPassedTests, numFailedTests, numPendingTests } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    for (const file of testResults)
      for (const test of file.assertionResults)
        if (test.status === 'pending' || test.status === 'skipped') skipped.push(test.fullName);
        else if (test.status === 'failed') fail(test.fullName, test.failureMessages.join('\n'));
    // A file that fails to load has no tests to count; so does a failing hook.
    const broken = status !== 0 && numFailedTests === 0 ? 1 : 0;
    if (broken > 0)
      for (const file of testResults) if (file.message !== '') fail(file.name, file.message);
    return { passed: numPassedTests, failed: numFailedTests + broken, skipped: numPendingTests };
  } catch (error) {
    fail(`no report ${report}`, String(error));
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/**
 * Keeps the beginning of what a failure says.
 *
 * @param {string} what
 * @param {string} message
 */
function fail(what, message) {
  failures.push([what, ...message.split('\n').slice(0, 12)].join('\n    '));
}

/**
 * @param {Counts} sum
 * @param {Counts} more
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */
function add(sum, more) {
  for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) sum[key] += more[key];
}
