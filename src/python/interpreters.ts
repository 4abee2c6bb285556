import { constants, readdirSync, readFileSync } from 'node:fs';
import { access, readdir, readFile, realpath } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, relative } from 'node:path';
import type { Surroundings } from '../base/surroundings.ts';
import { askPython, type PythonInstallation } from './find-python.ts';

/** Where an interpreter comes from. */
export type InterpreterKind = 'system' | 'pyenv' | 'uv' | 'conda' | 'venv';

/** A Python interpreter of this machine, and where it comes from. */
export interface Interpreter extends PythonInstallation {
  readonly kind: InterpreterKind;
}

/** An environment of packages with an interpreter of its own. */
export interface PythonEnvironment extends Interpreter {
  readonly kind: 'venv' | 'conda';
  readonly folder: string;
}

type Machine = Pick<Surroundings, 'env' | 'home' | 'platform'>;

/** Folders that often have an interpreter and aren't always on the path, as in an editor that was started from a dock. */
const usualFolders = [
  '/usr/bin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/usr/local/opt/python/libexec/bin',
  '/home/linuxbrew/.linuxbrew/bin',
];

/** The first two numbers of a version: `3.11` of `3.11.7`. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

/**
 * All interpreters of this machine: on the path and in the system's folders, of pyenv, of uv, of conda, of virtual environments.
 *
 * Versions are read from paths and files where they stand there. What is inside of `folder`, which may be anybody's, is only read:
 * nothing of it is run.
 *
 * @param folder of a project, whose own environments are found as well
 */
export async function findInterpreters(
  machine: Machine,
  folder: string,
  signal: AbortSignal,
): Promise<readonly Interpreter[]> {
  const found = (
    await Promise.all([
      systemInterpreters(machine, folder, signal),
      pyenvInterpreters(machine),
      uvInterpreters(machine),
      environments(machine, folder),
    ])
  ).flat();
  const unique = new Map<string, Interpreter>();
  for (const one of found) {
    // An environment's program is often a link to the one that it was made from: it is another interpreter all the same.
    const key = one.kind === 'venv' ? one.program : await realpath(one.program).catch(() => '');
    if (key !== '' && !unique.has(key)) unique.set(key, one);
  }
  return [...unique.values()];
}

/**
 * Whether a path is in a project's folder, whose content may be anybody's. A folder that the home folder is in is no project's: what
 * is below it is the user's own.
 */
export async function isOfProject(
  path: string,
  folder: string,
  { home }: Pick<Surroundings, 'home'>,
): Promise<boolean> {
  const [real = path, project = folder, own = home] = await Promise.all(
    [path, folder, home].map((one) => realpath(one).catch(() => one)),
  );
  if (isInside(own, project)) return false;
  return isInside(path, folder) || isInside(real, project);
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!isAbsolute(way) && way.split(/[/\\]/)[0] !== '..');
}

/**
 * The environment in a folder, by its own files: `pyvenv.cfg`, or conda's metadata. Nothing is run.
 *
 * @returns `undefined` if there is none
 */
export function environmentAt(
  folder: string,
  platform: Surroundings['platform'],
): PythonEnvironment | undefined {
  const isWindows = platform === 'win32';
  const venv = readText(join(folder, 'pyvenv.cfg'));
  if (venv !== undefined) {
    const version = /^version(?:_info)?\s*=\s*(\d{1,3}\.\d{1,3}\.\d{1,3})/m.exec(venv)?.[1];
    const program = isWindows
      ? join(folder, 'Scripts', 'python.exe')
      : join(folder, 'bin', 'python');
    return version === undefined ? undefined : { kind: 'venv', folder, program, version };
  }
  const names = namesIn(join(folder, 'conda-meta'));
  const version = names.flatMap(
    (name) => /^python-(\d{1,3}\.\d{1,3}\.\d{1,3})-[^-]+\.json$/.exec(name)?.[1] ?? [],
  )[0];
  const program = isWindows ? join(folder, 'python.exe') : join(folder, 'bin', 'python');
  return version === undefined ? undefined : { kind: 'conda', folder, program, version };
}

/**
 * The environment that an interpreter belongs to, by its files. Nothing is run.
 *
 * @param program absolute path
 * @returns `undefined` if it belongs to none
 */
export function environmentOf(
  program: string,
  platform: Surroundings['platform'],
): PythonEnvironment | undefined {
  const folder = dirname(program);
  return (
    environmentAt(dirname(folder), platform) ??
    // Conda's on Windows.
    (platform === 'win32' ? environmentAt(folder, platform) : undefined)
  );
}

// A few lines, once: not worth a wait.
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * The environment that a user works in: the active one, else the one of the folder. Nothing is run.
 *
 * Conda's `base` comes last: many shells activate it by themselves.
 */
export function selectedEnvironment(
  { env, platform }: Pick<Surroundings, 'env' | 'platform'>,
  folder: string,
): PythonEnvironment | undefined {
  const conda = env['CONDA_PREFIX'];
  const isBase = env['CONDA_DEFAULT_ENV'] === 'base';
  const candidates = [
    env['VIRTUAL_ENV'],
    isBase ? undefined : conda,
    join(folder, '.venv'),
    join(folder, 'venv'),
    conda,
  ];
  for (const candidate of candidates) {
    if (candidate === undefined || !isAbsolute(candidate)) continue;
    const found = environmentAt(candidate, platform);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function environments(
  { env, home, platform }: Machine,
  folder: string,
): Promise<PythonEnvironment[]> {
  const listed = await readFile(join(home, '.conda', 'environments.txt'), 'utf8').catch(() => '');
  const folders = [
    env['VIRTUAL_ENV'] ?? '',
    env['CONDA_PREFIX'] ?? '',
    join(folder, '.venv'),
    join(folder, 'venv'),
    ...listed.split(/\r?\n/).map((line) => line.trim()),
  ].filter(isAbsolute);
  const found = [...new Set(folders)].map((candidate) => environmentAt(candidate, platform));
  return onlyPrograms(found.filter((one) => one !== undefined));
}

async function pyenvInterpreters({ env, home, platform }: Machine): Promise<Interpreter[]> {
  const versions = join(env['PYENV_ROOT'] || join(home, '.pyenv'), 'versions');
  const found = (await folderNames(versions)).map((name) => {
    const folder = join(versions, name);
    if (!/^\d+\.\d+\.\d+$/.test(name)) return environmentAt(folder, platform);
    const kind = 'pyenv' as const;
    return { kind, program: join(folder, 'bin', 'python'), version: name };
  });
  return onlyPrograms(found.filter((one) => one !== undefined));
}

async function uvInterpreters({ env, home, platform }: Machine): Promise<Interpreter[]> {
  const data = env['XDG_DATA_HOME'] || join(home, '.local', 'share');
  const roaming = env['APPDATA'] ?? join(home, 'AppData', 'Roaming');
  const folder =
    env['UV_PYTHON_INSTALL_DIR'] ||
    (platform === 'win32' ? join(roaming, 'uv', 'python') : join(data, 'uv', 'python'));
  return onlyPrograms(
    (await folderNames(folder)).flatMap((name) => {
      // Not `3.13.1+freethreaded`: few packages with compiled parts are made for those.
      const version = /^cpython-(\d+\.\d+\.\d+)-/.exec(name)?.[1];
      if (version === undefined) return [];
      const file = platform === 'win32' ? 'python.exe' : join('bin', `python${minorOf(version)}`);
      return { kind: 'uv' as const, program: join(folder, name, file), version };
    }),
  );
}

async function systemInterpreters(
  machine: Machine,
  project: string,
  signal: AbortSignal,
): Promise<Interpreter[]> {
  const { env, home, platform } = machine;
  const path = (env['PATH'] ?? env['Path'] ?? '').split(delimiter);
  const folders = [...path, ...(platform === 'win32' ? [] : usualFolders)];
  // pyenv's stand-ins run what a file of the current folder names; the interpreters behind them are found beside them.
  const shims = join(env['PYENV_ROOT'] || join(home, '.pyenv'), 'shims');
  const programs = new Map<string, string>();
  for (const folder of new Set(folders.filter(isAbsolute))) {
    if (folder === shims || (await isOfProject(folder, project, machine))) continue;
    const wanted = platform === 'win32' ? /^python(3(\.\d+)?)?\.exe$/i : /^python(3(\.\d{1,3})?)?$/;
    for (const name of (await readdir(folder).catch(() => [])).filter((one) => wanted.test(one))) {
      const program = join(folder, name);
      const real = await realpath(program).catch(() => undefined);
      if (real === undefined || programs.has(real)) continue;
      if (!(await isOfProject(real, project, machine))) programs.set(real, program);
    }
  }
  const found = await Promise.all(
    [...programs.values()].map(async (program) => {
      const asked = await askPython(program, signal);
      return asked && { ...asked, program, kind: 'system' as const };
    }),
  );
  return found.filter((one) => one !== undefined && one.version.startsWith('3.')) as Interpreter[];
}

async function folderNames(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  // Links are other names of folders beside them.
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Those whose program is there and may be run. */
async function onlyPrograms<T extends Interpreter>(found: readonly T[]): Promise<T[]> {
  const there = await Promise.all(
    found.map(({ program }) =>
      access(program, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.filter((_, index) => there[index]);
}
