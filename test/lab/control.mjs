// Starts and stops a lab. See supervise.sh for what that is made of.
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  cache,
  classArchive,
  downloads,
  here,
  layers,
  python,
  rootFileSystem,
} from './prepare.mjs';

/** The lab that `npm run lab` and the tests use; its network namespace is called the same. */
export const defaultName = 'flintrock-lab';

/** @param {string} name */
export const runFolder = (name) => join(cache, 'run', name);

/**
 * Starts a lab. What a former one of this name left is removed first.
 *
 * @param {object} [options]
 * @param {string} [options.name] also of its network namespace and cgroups, so that there can be several
 * @param {boolean} [options.outlives] whether it goes on when this process ends, by whatever signal
 */
export async function startLab({ name = defaultName, outlives = false } = {}) {
  const folder = runFolder(name);
  if (isRunning(name)) throw new Error(`The lab ${name} is running already.`);
  mkdirSync(folder, { recursive: true });
  for (const old of ['ready', 'files', 'host-events.jsonl'])
    rmSync(join(folder, old), { recursive: true, force: true });
  makeKey(folder);
  const log = openSync(join(folder, 'server.log'), 'w');
  const supervisor = spawn(join(here, 'supervise.sh'), ['run'], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...environment(name), LAB_OWNER: outlives ? '' : String(process.pid) },
  });
  supervisor.unref();
  closeSync(log);
  // 60 s: a machine that does other things too starts Moto slowly.
  for (let tries = 0; tries < 600; tries += 1) {
    if (existsSync(join(folder, 'ready'))) return;
    if (supervisor.exitCode !== null) break;
    await sleep(100);
  }
  await stopLab(name);
  const said = readFileSync(join(folder, 'server.log'), 'utf8').trim().split('\n').slice(-8);
  throw new Error(`The lab did not start:\n${said.join('\n')}`);
}

/**
 * Ends a lab and removes all of it, also what a crash left. Nothing to do is fine.
 *
 * @param {string} [name]
 */
export async function stopLab(name = defaultName) {
  const folder = runFolder(name);
  if (!existsSync(folder)) return;
  const pid = supervisorOf(name);
  for (let tries = 0; pid !== undefined && isRunning(name) && tries < 400; tries += 1) {
    if (tries % 100 === 0) endProcess(pid, tries < 200 ? 'SIGTERM' : 'SIGKILL');
    await sleep(50);
  }
  if (isRunning(name)) throw new Error(`The lab ${name} could not be ended.`);
  const options = { env: environment(name), encoding: /** @type {const} */ ('utf8') };
  spawnSync(join(here, 'supervise.sh'), ['clean'], options);
}

/**
 * Whether a lab's supervisor, or anything that it started, is alive: all of them hold its lock.
 *
 * @param {string} [name]
 */
export function isRunning(name = defaultName) {
  const lock = join(runFolder(name), 'lock');
  return existsSync(lock) && spawnSync('flock', ['--nonblock', lock, 'true']).status !== 0;
}

/**
 * What to put before a command so that it runs in the lab's network namespace, where alone its API and its hosts are.
 *
 * @param {string} [name]
 */
export const insideLab = (name = defaultName) => ['nsenter', `--net=/run/netns/${name}`];

/** @param {string} name */
function supervisorOf(name) {
  try {
    return Number(readFileSync(join(runFolder(name), 'supervisor'), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function endProcess(pid, signal) {
  try {
    kill(pid, signal);
  } catch {
    // It ended meanwhile.
  }
}

/** @param {string} name */
function environment(name) {
  return {
    ...process.env,
    PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`,
    LAB_NAME: name,
    LAB_RUN: runFolder(name),
    LAB_ROOT: rootFileSystem(),
    LAB_LAYERS: layers(),
    LAB_CLASSES: classArchive(),
    LAB_PYTHON: python,
    LAB_DOWNLOADS: downloads,
  };
}

/** @param {string} folder */
function makeKey(folder) {
  const key = join(folder, 'key.pem');
  if (!existsSync(key))
    spawnSync('ssh-keygen', [
      '-q',
      '-t',
      'rsa',
      '-b',
      '2048',
      '-m',
      'PEM',
      '-N',
      '',
      '-f',
      key,
      '-C',
      'lab',
    ]);
  writeFileSync(join(folder, 'key.pub'), readFileSync(`${key}.pub`));
}
