import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import type { Surroundings } from '../base/surroundings.ts';

/** A Python interpreter on this machine. */
export interface PythonInstallation {
  /** Absolute path of the program. */
  readonly program: string;
  /** Such as `3.11.7`. */
  readonly version: string;
}

/**
 * The Python that jobs use: `PYSPARK_PYTHON`, else the first `python3` or `python` on the path (an active virtual environment's
 * stands first there).
 *
 * @returns `undefined` if there is none that runs
 */
export async function findPython(
  surroundings: Pick<Surroundings, 'env' | 'cwd'>,
  signal?: AbortSignal,
): Promise<PythonInstallation | undefined> {
  const { env } = surroundings;
  const wanted = env['PYSPARK_PYTHON'] ? [env['PYSPARK_PYTHON']] : ['python3', 'python'];
  for (const name of wanted) {
    const program = findProgram(name, surroundings);
    if (program === undefined) continue;
    const found = await askPython(program, signal);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * What an interpreter says of itself, by running it: of the shim of a version manager, the interpreter behind it.
 *
 * @param program absolute path
 * @returns `undefined` if it doesn't run, or is no Python
 */
export async function askPython(
  program: string,
  signal?: AbortSignal,
): Promise<PythonInstallation | undefined> {
  try {
    const { stdout } = await promisify(execFile)(
      program,
      [
        '-I',
        '-S',
        '-c',
        'import sys; print(sys.executable); print(*sys.version_info[:3], sep=".")',
      ],
      { timeout: 10_000, ...(signal && { signal }) },
    );
    const [executable = '', version = ''] = stdout.trim().split('\n');
    return { program: executable || program, version };
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

/** What is said where {@link findPython} finds none: a program that the user named isn't replaced by another one. */
export function pythonMissing({ env }: Pick<Surroundings, 'env'>): {
  readonly message: string;
  readonly remedy: string;
} {
  const named = env['PYSPARK_PYTHON'];
  return named
    ? {
        message: `PYSPARK_PYTHON is ${named}, which is not a Python that runs on this machine.`,
        remedy: 'Set PYSPARK_PYTHON to an existing Python, or unset it.',
      }
    : {
        message: 'No Python was found on this machine.',
        remedy: 'Install Python 3, or set PYSPARK_PYTHON.',
      };
}

/**
 * Absolute path of a program, looked for as a shell does.
 *
 * @returns `undefined` if there is none
 */
function findProgram(
  name: string,
  { env, cwd }: Pick<Surroundings, 'env' | 'cwd'>,
): string | undefined {
  const places =
    isAbsolute(name) || name.includes('/')
      ? [isAbsolute(name) ? name : join(cwd, name)]
      : (env['PATH'] ?? '')
          .split(delimiter)
          // Never the current folder, which may be anybody's.
          .filter(isAbsolute)
          .map((folder) => join(folder, name));
  return places.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
