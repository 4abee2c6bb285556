import { shellWord } from '../../base/shell-word.ts';
import script from './python-packages.sh';

/** Where the packages are that nodes have for Spark's Python: what `PYTHONPATH` has to name. */
export const pythonPackagesFolder = '/opt/python-packages';

/** The program that installs them on a node; it takes the package index, or nothing, and requirements for pip. */
export const pythonPackagesProgram = script;

/** The command of a node's shell that installs packages; it takes {@link pythonPackagesProgram} on stdin. */
export function installPythonPackages(
  index: string | undefined,
  requirements: readonly string[],
): string {
  return ['sudo -n bash -s --', ...[index ?? '', ...requirements].map(shellWord)].join(' ');
}
