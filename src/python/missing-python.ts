import { findProgram } from '../base/machine/find-program.ts';
import type { Surroundings } from '../base/surroundings.ts';
import { ClusterError } from '../model/errors.ts';
import { advice, type Remedy, runProgram } from '../model/remedy.ts';
import { type Interpreter, minorOf } from './interpreters.ts';

/**
 * The error of a machine without a Python of a minor version: how to get one by what is there, the ways that need no administrator
 * first.
 *
 * @param what who needs it, as the beginning of a sentence: `Cluster "demo" runs Python 3.11.7`
 */
export async function missingPython(
  minor: string,
  what: string,
  found: readonly Interpreter[],
  surroundings: Pick<Surroundings, 'env' | 'platform'>,
): Promise<ClusterError> {
  const versions = [...new Set(found.map(({ version }) => minorOf(version)))].sort(
    (a, b) => Number(a.split('.')[1]) - Number(b.split('.')[1]),
  );
  const has = versions.length === 0 ? 'no Python was found' : `found: ${versions.join(', ')}`;
  return new ClusterError(
    'PYTHON_NOT_FOUND',
    `${what}, but this machine has no Python ${minor} (${has}).`,
    {
      details: { minor, found: found.map(({ program, version }) => ({ program, version })) },
      remedies: await waysToGet(minor, surroundings),
    },
  );
}

async function waysToGet(
  minor: string,
  surroundings: Pick<Surroundings, 'env' | 'platform'>,
): Promise<readonly Remedy[]> {
  const { platform } = surroundings;
  const has = async (name: string): Promise<boolean> =>
    (await findProgram(name, surroundings)) !== undefined;
  const ways: Remedy[] = [];
  if (await has('uv'))
    ways.push(runProgram('Install it with uv.', 'uv', 'python', 'install', minor));
  if (await has('pyenv'))
    ways.push(runProgram('Install it with pyenv.', 'pyenv', 'install', minor));
  for (const conda of ['conda', 'mamba', 'micromamba'])
    if (await has(conda)) {
      const name = `python${minor.replace('.', '')}`;
      ways.push(
        runProgram(`Install it with ${conda}.`, conda, 'create', '-n', name, `python=${minor}`),
      );
      break;
    }
  if (await has('brew'))
    ways.push(runProgram('Install it with Homebrew.', 'brew', 'install', `python@${minor}`));
  if (platform === 'linux') {
    if (await has('apt-get'))
      ways.push(
        ...advice(
          `Install the packages python${minor} and python${minor}-venv with apt, if the distribution has them.`,
        ),
      );
    else if (await has('dnf'))
      ways.push(
        ...advice(`Install the package python${minor} with dnf, if the distribution has it.`),
      );
  }
  if (ways.length > 0) return ways;
  return advice(
    `Install uv (https://docs.astral.sh/uv), then run "uv python install ${minor}".`,
    `Or install Python ${minor} from https://www.python.org/downloads.`,
  );
}
