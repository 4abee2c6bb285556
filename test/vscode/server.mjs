// Starts a real VS Code with the packaged extension: for the tests, and for developers who want to try it.
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { serverEntry, serverNode } from './prepare.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const settings = {
  'workbench.startupEditor': 'none',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.tips.enabled': false,
  'window.commandCenter': false,
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'git.enabled': false,
};

/**
 * Packages the extension as it ships.
 *
 * @param {string} folder where to put it
 * @returns {string} the package's path
 */
export function packageExtension(folder) {
  const vsix = join(folder, 'flintrock.vsix');
  execFileSync('npm', ['run', '--silent', 'package:vscode', '--', '-o', vsix], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return vsix;
}

/**
 * Packages the extension by which tests ask the extension host.
 *
 * @param {string} folder where to put it
 * @returns {string} the package's path
 */
export function packageProbe(folder) {
  const source = join(root, 'test', 'vscode', 'probe');
  const vsix = join(folder, 'probe.vsix');
  copyFileSync(join(source, 'package.json'), join(folder, 'package.json'));
  buildSync({
    entryPoints: [join(source, 'main.ts')],
    outfile: join(folder, 'main.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
  });
  pack(folder, vsix);
  return vsix;
}

/**
 * Packages an extension that does nothing, in the name of one that can't be had here.
 *
 * @param {string} folder where to put it
 * @param {string} publisher
 * @param {string} name
 * @returns {string} the package's path
 */
export function packageStandIn(folder, publisher, name) {
  const vsix = join(folder, 'stand-in.vsix');
  const manifest = { name, publisher, version: '1.0.0', engines: { vscode: '^1.101.0' } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  pack(folder, vsix);
  return vsix;
}

/**
 * @param {string} folder
 * @param {string} vsix
 */
function pack(folder, vsix) {
  const flags = ['--no-dependencies', '--allow-missing-repository', '--skip-license', '-o', vsix];
  execFileSync(join(root, 'node_modules', '.bin', 'vsce'), ['package', ...flags], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/**
 * Starts the server with extensions, on a free port of the loopback address.
 *
 * @param {{ vsix: string, helpers?: readonly string[], data: string, env: Readonly<Record<string, string | undefined>>, settings?: Readonly<Record<string, unknown>>, asksForTrust?: boolean }} options
 *   `helpers` are packages of other extensions; `data` is a folder of its own; `env` is the environment of its extension host and terminals
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function startServer({
  vsix,
  helpers = [],
  data,
  settings: more = {},
  asksForTrust = false,
  ...rest
}) {
  mkdirSync(join(data, 'user', 'User'), { recursive: true });
  writeFileSync(
    join(data, 'user', 'User', 'settings.json'),
    JSON.stringify({ ...settings, ...more }, null, 2),
  );
  const env = {
    ...rest.env,
    PATH: `${dirname(serverNode)}${delimiter}${rest.env['PATH'] ?? ''}`,
    // Nothing outside this machine is asked.
    EXTENSIONS_GALLERY: JSON.stringify({
      serviceUrl: '',
      itemUrl: '',
      resourceUrlTemplate: '',
      controlUrl: '',
    }),
  };
  const places = ['--config', '/dev/null', '--user-data-dir', join(data, 'user')];
  places.push('--extensions-dir', join(data, 'extensions'));
  const packages = [vsix, ...helpers].flatMap((file) => ['--install-extension', file]);
  execFileSync(serverNode, [serverEntry, ...places, ...packages], { env, stdio: 'pipe' });
  const flags = ['--disable-telemetry', '--disable-update-check', '--ignore-last-opened'];
  flags.push('--disable-getting-started-override', '--auth', 'none', '--bind-addr', '127.0.0.1:0');
  if (!asksForTrust) flags.push('--disable-workspace-trust');
  const server = spawn(serverNode, [serverEntry, ...places, ...flags], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(join(data, 'server.log'));
  server.stderr.pipe(log);
  const ended = new Promise((done) => server.once('exit', done));
  /** @type {string} */
  const url = await new Promise((found, failed) => {
    void ended.then((code) => failed(new Error(`the server ended with ${String(code)}`)));
    createInterface(server.stdout).on('line', (line) => {
      log.write(`${line}\n`);
      const match = /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(line);
      if (match?.[1] !== undefined) found(match[1]);
    });
  });
  return {
    url,
    stop: async () => {
      server.kill();
      await ended;
    },
  };
}
