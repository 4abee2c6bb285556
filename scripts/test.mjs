// npm test: installs what it needs, checks the code, runs every suite and counts them together.
//
//   npm test                    everything but vscode, which drives a real VS Code in a real browser
//   npm test -- unit package    some of: check unit integration lab e2e package vscode
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { insideLab, startLab, stopLab } from '../test/lab/control.mjs';
import { prepareLab } from '../test/lab/prepare.mjs';
import { prepareVsCode } from '../test/vscode/prepare.mjs';
import { buildProject, installPackages, installPrograms, requireNode, root } from './prepare.mjs';

const suites = ['check', 'unit', 'integration', 'lab', 'e2e', 'package', 'vscode'];
// A real window is unsteady on a machine that is busy with all the rest: it has a run of its own.
const byDefault = suites.filter((name) => name !== 'vscode');
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !suites.includes(name));
if (unknown.length > 0) {
  console.error(`There is no suite ${unknown.join(', ')}. There are: ${suites.join(', ')}.`);
  process.exit(2);
}

requireNode();
installPackages();
buildProject();

const missing = installPrograms({ shellcheck: 'shellcheck', 'ssh-keygen': 'openssh-client' });

const scratch = mkdtempSync(join(tmpdir(), 'flintrock-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const skipped = [];
for (const suite of suites) {
  if (!(asked.length > 0 ? asked : byDefault).includes(suite)) continue;
  const start = Date.now();
  const counts = await run(suite);
  for (const key of /** @type {const} */ (['passed', 'failed', 'skipped']))
    total[key] += counts[key];
  const seconds = Math.round((Date.now() - start) / 1000);
  console.log(
    `${suite}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped, ${seconds} s\n`,
  );
}
rmSync(scratch, { recursive: true, force: true });
for (const name of skipped) console.log(`skipped: ${name}`);
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** @param {string} suite */
async function run(suite) {
  switch (suite) {
    case 'check':
      return check();
    case 'lab':
      return runInLab('lab');
    case 'vscode':
      return runVsCodeSuites();
    default:
      return runSuite(suite);
  }
}

/** Types, lint, format, dead code, generated files, shell scripts: each counts as a test. */
function check() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  /** @type {[string, string[]][]} */
  const steps = [
    ['types', ['tsc', '--noEmit']],
    ['types of the pages', ['tsc', '--noEmit', '-p', 'webview']],
    ['lint', ['eslint', '.', '--max-warnings=0']],
    ['format', ['prettier', '--check', '--log-level=warn', '.']],
    ['dead code', ['knip']],
    ['generated files', ['node', 'scripts/generate.mjs', '--check']],
    ['shell scripts', ['shellcheck', '--external-sources', '--source-path=.', ...shellScripts()]],
  ];
  for (const [what, [program = '', ...args]] of steps) {
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
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
    console.log(`${status === 0 ? '✓' : '✗'} ${what}`);
    if (status !== 0) console.log(`${stdout}${stderr}`);
    counts[status === 0 ? 'passed' : 'failed'] += 1;
  }
  return counts;
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
  if (!prepared.ok) {
    console.log(`No lab here, its tests are skipped: ${prepared.reason}.`);
    return skipSuite(suite);
  }
  try {
    await startLab();
    return runSuite(suite, insideLab());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    await stopLab();
  }
}

/** Installs a real VS Code and runs its suites, on this machine and in the lab; where that can't be, each test is skipped by name. */
async function runVsCodeSuites() {
  const prepared = prepareVsCode();
  if (!prepared.ok) console.log(`No VS Code here, its tests are skipped: ${prepared.reason}.`);
  const all = prepared.ok
    ? [runSuite('vscode'), await runInLab('vscode-ec2')]
    : [skipSuite('vscode'), skipSuite('vscode-ec2')];
  return all.reduce((sum, counts) => ({
    passed: sum.passed + counts.passed,
    failed: sum.failed + counts.failed,
    skipped: sum.skipped + counts.skipped,
  }));
}

/**
 * Counts and names the tests of a suite without running one.
 *
 * @param {string} suite
 */
function skipSuite(suite) {
  const list = join(scratch, `${suite}.json`);
  const args = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'list', '--project', suite];
  const { status } = spawnSync(process.execPath, [...args, `--json=${list}`], { cwd: root });
  if (status !== 0) return { passed: 0, failed: 1, skipped: 0 };
  /** @type {{ name: string }[]} */
  const tests = JSON.parse(readFileSync(list, 'utf8'));
  skipped.push(...tests.map(({ name }) => name));
  return { passed: 0, failed: 0, skipped: tests.length };
}

/**
 * @param {string} suite
 * @param {string[]} [prefix] a command that the runner is started by
 */
function runSuite(suite, prefix = []) {
  const report = join(scratch, `${suite}.json`);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const [program, ...args] = [
    ...prefix,
    process.execPath,
    vitest,
    'run',
    '--project',
    suite,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  try {
    const { testResults, numPassedTests, numFailedTests, numPendingTests } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    for (const file of testResults)
      for (const test of file.assertionResults)
        if (test.status === 'pending' || test.status === 'skipped') skipped.push(test.fullName);
    // A file that fails to load has no tests to count; so does a failing hook.
    const broken = status !== 0 && numFailedTests === 0 ? 1 : 0;
    return { passed: numPassedTests, failed: numFailedTests + broken, skipped: numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
