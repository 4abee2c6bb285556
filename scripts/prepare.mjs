// What both commands of the README need first: the packages and the build. Plain JavaScript without packages of its own.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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

/**
 * Installs programs of the system that are missing, where that is possible: as root, with Debian's packages.
 *
 * @param {Record<string, string>} programs the package that each program comes with
 * @returns {string[]} the programs that are still missing
 */
export function installPrograms(programs) {
  const folders = (process.env['PATH'] ?? '').split(delimiter).concat('/usr/sbin', '/sbin');
  const missing = () =>
    Object.keys(programs).filter(
      (program) => !folders.some((folder) => existsSync(join(folder, program))),
    );
  const first = missing();
  if (first.length === 0) return first;
  installDebianPackages([...new Set(first.map((program) => programs[program] ?? ''))]);
  return missing();
}

/**
 * Installs packages of Debian's, as root; elsewhere it does nothing.
 *
 * @param {string[]} packages
 */
export function installDebianPackages(packages) {
  if (process.getuid?.() !== 0) return;
  process.stderr.write(`Installing ${packages.join(', ')} …\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  if (spawnSync('apt-get', install, { env }).status === 0) return;
  spawnSync('apt-get', ['update'], { env });
  spawnSync('apt-get', install, { env });
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
