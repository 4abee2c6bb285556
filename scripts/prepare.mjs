// What both commands of the README need first: the packages and the build. Plain JavaScript without packages of its own.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Ends the script with a message if this Node is too old for the project. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Flintrock needs Node 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

/** Installs the packages of the lock file unless they are there. */
export function installPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.installed-for');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  run('Installing packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, lock);
}

/** How long another process may keep Debian's package database to itself, in milliseconds. */
const lockLimitMs = 5 * 60_000;

/**
 * Whether programs of the system can be installed here: as root, with Debian's packages. Elsewhere the person does that.
 */
export function canInstall() {
  return process.getuid?.() === 0 && findProgram('apt-get');
}

/**
 * Installs programs of the system that are missing, where that is possible.
 *
 * @param {Record<string, string>} programs the package that each program comes with
 * @returns {string[]} the programs that are still missing, where nothing can be installed
 * @throws if they could be installed, and weren't
 */
export function installPrograms(programs) {
  const missing = () => Object.keys(programs).filter((program) => !findProgram(program));
  const first = missing();
  if (first.length === 0 || !canInstall()) return first;
  installDebianPackages([...new Set(first.map((program) => programs[program] ?? ''))]);
  const still = missing();
  if (still.length > 0)
    throw new Error(`${still.join(', ')}: not there, though their packages are installed.`);
  return [];
}

/** @param {string} program */
function findProgram(program) {
  const folders = (process.env['PATH'] ?? '').split(delimiter).concat('/usr/sbin', '/sbin');
  return folders.some((folder) => existsSync(join(folder, program)));
}

/**
 * Installs packages of Debian's. Another process that installs something is waited for.
 *
 * @param {string[]} packages
 * @throws if that fails
 */
export function installDebianPackages(packages) {
  process.stderr.write(`Installing ${packages.join(', ')} …\n`);
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  // The lists of packages may be old, or not there at all.
  if (aptGet(install) === undefined) return;
  const stale = aptGet(['update']);
  const failed = aptGet(install);
  if (failed !== undefined)
    throw new Error(`${packages.join(', ')} could not be installed: ${stale ?? ''} ${failed}`);
}

/**
 * @param {string[]} args
 * @returns {string | undefined} the end of what it said, if it failed
 */
function aptGet(args) {
  const end = Date.now() + lockLimitMs;
  for (;;) {
    const { status, stderr, error } = spawnSync('apt-get', args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
      encoding: 'utf8',
    });
    if (status === 0) return undefined;
    const said = (error?.message ?? stderr).trim();
    if (
      !/Could not get lock|is another process using it|Unable to lock/i.test(said) ||
      Date.now() > end
    )
      return said.slice(-500);
    process.stderr.write('Waiting for another process that installs packages …\n');
    spawnSync('sleep', ['5']);
  }
}

/** Builds `dist` unless it is newer than all that it is made of. */
export function buildProject() {
  const built = join(root, 'dist', '.built');
  const sources = [
    'src',
    'webview',
    'esbuild.mjs',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ];
  if (
    existsSync(built) &&
    sources.every((name) => newest(join(root, name)) < statSync(built).mtimeMs)
  )
    return;
  run('Building', 'npm', ['run', '--silent', 'build']);
  mkdirSync(dirname(built), { recursive: true });
  writeFileSync(built, '');
}

/**
 * Runs a program, showing its output only if it fails; ends the script with its exit code then.
 *
 * @param {string} what
 * @param {string} program
 * @param {string[]} args
 */
function run(what, program, args) {
  process.stderr.write(`${what} …\n`);
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
  });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}${error?.message ?? ''}\n${what} failed.\n`);
  process.exit(1);
}

/**
 * @param {string} path
 * @returns {number} when the newest file of a folder was changed, in milliseconds
 */
function newest(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Where the Python environment of {@link installSparkClient} is: one for each set of requirements. */
export function sparkClientFolder() {
  const requirements = createHash('sha256').update(sparkClientRequirements().join('\n'));
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(cache, 'flintrock-tests', `client-${requirements.digest('hex').slice(0, 12)}`);
}

/** Makes a Python environment with what clients of Spark Connect need, for the tests, unless it is there. */
export function installSparkClient() {
  const folder = sparkClientFolder();
  if (existsSync(join(folder, '.complete'))) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  run('Making a Python environment for clients of Spark Connect', 'python3', [
    '-m',
    'venv',
    folder,
  ]);
  run('Installing a client of Spark Connect', join(folder, 'bin', 'python'), [
    ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'],
    ...sparkClientRequirements(),
  ]);
  writeFileSync(join(folder, '.complete'), '');
}

/** What the product itself would install for the Spark of the tests, and what notebooks need. */
function sparkClientRequirements() {
  const table = JSON.parse(
    readFileSync(join(root, 'src', 'model', 'software', 'connect-requirements.json'), 'utf8'),
  );
  const { client, packages } = table['4.1'];
  return [
    `pyspark-client==${client}`,
    ...Object.entries(packages).map(([name, range]) => `${name}${range}`),
    'ipykernel',
    'jupyter_client',
  ];
}
