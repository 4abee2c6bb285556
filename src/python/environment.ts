import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Surroundings } from '../base/surroundings.ts';
import { ClusterError, isClusterError } from '../model/errors.ts';
import { advice } from '../model/remedy.ts';
import { findUv, installerCertificates, type InstallerContext, runInstaller } from './installer.ts';
import { type Interpreter, minorOf, type PythonEnvironment } from './interpreters.ts';

/** How long pip may take to tell its settings, in milliseconds. */
const settingsLimitMs = 20_000;

/** What makes environments and fills them: `uv` where there is one, else Python's own `venv` and `pip`. */
export interface EnvironmentTools {
  readonly name: 'uv' | 'pip';
  /** Makes an environment with the first interpreter that can. */
  create(folder: string, candidates: readonly Interpreter[]): Promise<void>;
  /** Installs what is missing in an environment, and what is there in a version that doesn't fit. */
  install(environment: PythonEnvironment, requirements: readonly string[]): Promise<void>;
  /** Removes what the tools needed for themselves. */
  close(): Promise<void>;
}

/**
 * The tools of this machine.
 *
 * @param folder of the environments; settings of the project that it is in are not heeded
 */
export async function openTools(
  folder: string,
  context: InstallerContext,
): Promise<EnvironmentTools> {
  const uv = await findUv(dirname(folder), context);
  // Tools run here: they heed settings of the folder that they run in, and modules there.
  const scratch = await mkdtemp(join(tmpdir(), 'flintrock-python-'));
  const env = {
    ...(await installerCertificates(scratch, context)),
    NO_COLOR: '1',
    PYTHONUNBUFFERED: '1',
    // Where to install is said by argument.
    VIRTUAL_ENV: undefined,
    CONDA_PREFIX: undefined,
    PYTHONHOME: undefined,
    PYTHONPATH: undefined,
  };
  return {
    name: uv === undefined ? 'pip' : 'uv',
    create: (path, candidates) =>
      createEnvironment(path, candidates, { uv, scratch, env }, context),
    install: (environment, requirements) =>
      installPackages(environment, requirements, { uv, scratch, env }, context),
    close: () => rm(scratch, { recursive: true, force: true }),
  };
}

interface Tools {
  readonly uv: string | undefined;
  readonly scratch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

async function createEnvironment(
  path: string,
  candidates: readonly Interpreter[],
  { uv, scratch, env }: Tools,
  context: InstallerContext,
): Promise<void> {
  // Fails if there is anything by now: it isn't ours to remove.
  await mkdir(path);
  let first: unknown;
  for (const { program, version } of candidates) {
    try {
      await runInstaller(
        {
          program: uv ?? program,
          args:
            uv === undefined
              ? ['-I', '-m', 'venv', path]
              : ['venv', '--allow-existing', '--no-project', '--python', program, path],
          folder: scratch,
          env,
          failure: `A Python environment could not be created with ${program}`,
          doing: `the creation of ${path}`,
          // Distributions that split Python up leave this part to a package of its own.
          remedies: advice(
            `Install the module venv for Python ${minorOf(version)} (Debian and Ubuntu: package python${minorOf(version)}-venv), or install uv.`,
          ),
        },
        context,
      );
      await writeFile(join(path, '.gitignore'), '*\n');
      return;
    } catch (error) {
      if (!isClusterError(error, 'PYTHON_INSTALL_FAILED')) throw error;
      first ??= error;
      await rm(path, { recursive: true, force: true });
      await mkdir(path);
    }
  }
  throw first as Error;
}

async function installPackages(
  { folder, program, version }: PythonEnvironment,
  requirements: readonly string[],
  { uv, scratch, env }: Tools,
  context: InstallerContext,
): Promise<void> {
  const file = join(scratch, 'requirements.txt');
  await writeFile(file, `${requirements.join('\n')}\n`);
  const shared = {
    folder: scratch,
    failure: 'The Python packages could not be installed',
    doing: `the installation of Python packages in ${folder}`,
  };
  if (uv !== undefined) {
    const settings = await uvSettings(program, scratch, context);
    const args = ['pip', 'install', '--python', program, '--requirement', file];
    await runInstaller({ ...shared, program: uv, args, env: { ...env, ...settings } }, context);
    return;
  }
  const pip = {
    ...env,
    PIP_NO_INPUT: '1',
    // The user's may send what is installed elsewhere.
    PIP_USER: '0',
    PIP_TARGET: undefined,
    PIP_PREFIX: undefined,
    PIP_ROOT: undefined,
  };
  // uv makes environments without pip.
  if (!(await hasPip(folder, version, context)))
    await runInstaller(
      { ...shared, program, args: ['-I', '-m', 'ensurepip'], env: pip, doing: 'pip' },
      context,
    );
  const options = ['--disable-pip-version-check', '--progress-bar', 'off', '--requirement', file];
  await runInstaller(
    { ...shared, program, args: ['-I', '-m', 'pip', 'install', ...options], env: pip },
    context,
  );
}

async function hasPip(
  folder: string,
  version: string,
  { platform }: Pick<Surroundings, 'platform'>,
): Promise<boolean> {
  const library = platform === 'win32' ? join('Lib') : join('lib', `python${minorOf(version)}`);
  return access(join(folder, library, 'site-packages', 'pip')).then(
    () => true,
    () => false,
  );
}

/** pip's options for the index and its certificates, and the variables by which uv has them. */
const uvVariables: Readonly<Record<string, string>> = {
  'index-url': 'UV_DEFAULT_INDEX',
  'extra-index-url': 'UV_INDEX',
  'find-links': 'UV_FIND_LINKS',
  cert: 'SSL_CERT_FILE',
};

/**
 * The index that the user configured for pip, for uv, which doesn't know it; nothing for a user who configured uv itself.
 *
 * @param program an interpreter whose pip is asked, if it has one
 */
export async function uvSettings(
  program: string,
  scratch: string,
  { env, home, platform, signal }: InstallerContext,
): Promise<Readonly<Record<string, string>>> {
  const folder = env['XDG_CONFIG_HOME'] || join(home, '.config');
  const own =
    platform === 'win32'
      ? join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'uv', 'uv.toml')
      : join(folder, 'uv', 'uv.toml');
  const isConfigured =
    Object.keys(env).some((name) =>
      /^UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|CONFIG_FILE|NO_INDEX)$/.test(name),
    ) ||
    (await exists(own)) ||
    (await exists('/etc/uv/uv.toml'));
  const found = new Map<string, string>();
  const take = (option: string, value: string): void => {
    const variable = uvVariables[option];
    if (variable === undefined || value === '' || env[variable]) return;
    if (isConfigured && variable.startsWith('UV_')) return;
    found.set(variable, value);
  };
  try {
    const { stdout } = await promisify(execFile)(program, ['-I', '-m', 'pip', 'config', 'list'], {
      cwd: scratch,
      env: { ...env },
      timeout: settingsLimitMs,
      signal,
    });
    // As in `global.index-url='https://…'`; the later ones win, those of the environment come first.
    for (const [, option = '', value = ''] of stdout.matchAll(
      /^(?:global|install)\.([\w-]+)='(.*)'$/gm,
    ))
      take(option, value);
  } catch {
    signal.throwIfAborted();
  }
  for (const option of Object.keys(uvVariables))
    take(option, env[`PIP_${option.toUpperCase().replaceAll('-', '_')}`] ?? '');
  return Object.fromEntries(found);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** @throws ClusterError `PYTHON_ENVIRONMENT_UNFIT` */
export function environmentUnfit(message: string, ...remedies: readonly string[]): ClusterError {
  return new ClusterError('PYTHON_ENVIRONMENT_UNFIT', message, { remedies: advice(...remedies) });
}
