import { shellWord } from '../../base/shell-word.ts';
import type { PlannedSoftware } from '../../model/plan.ts';
import { requirementName } from '../../model/software/packages/python-requirements.ts';
import script from './python-packages.sh';
import switchScript from './switch-python-packages.sh';

/** Where the packages are that nodes have for Spark's Python: what `PYTHONPATH` has to name. */
export const pythonPackagesFolder = '/opt/python-packages';

/** Where wheels of the user’s own are on nodes, each in a folder called by its content. */
export const wheelsFolder = '/opt/python-wheels';

/** What `install-packages.sh` has to know of that folder. */
export const wheelsKind = 'python-wheels';

/** The program that gives a node’s Spark what {@link stagePythonPackages} made ready, if it did. */
export const switchPythonPackagesProgram = switchScript;

/** The program that installs them on a node; it takes the package index, or nothing, and requirements for pip. */
export const pythonPackagesProgram = script;

/** Python packages as a plan has them: nothing if there are none. */
export function plannedPythonPackages(
  requirements: readonly string[],
  index: string | null = null,
): readonly PlannedSoftware[] {
  if (requirements.length === 0) return [];
  const source = requirements.join(', ') + (index === null ? '' : ` from ${index}`);
  return [{ name: 'python-packages', version: null, source, fetchBytes: null }];
}

/** The command of a node's shell that installs packages; it takes {@link pythonPackagesProgram} on stdin. */
export function installPythonPackages(
  index: string | undefined,
  requirements: readonly string[],
): string {
  return ['sudo -n bash -s --', ...[index ?? '', ...requirements].map(shellWord)].join(' ');
}

/**
 * The command of a node's shell that makes packages ready beside those that are there, of which it leaves out other versions of the same;
 * it takes {@link pythonPackagesProgram} on stdin.
 */
export function stagePythonPackages(
  index: string | undefined,
  requirements: readonly string[],
): string {
  const names = requirements.map(requirementName).map((name) => name.replaceAll('-', '[-_.]+'));
  const same = names.join('|');
  const replaced = `^(${same})([^A-Za-z0-9._-]|$)|^/.*/(${same})-[^/]*$`;
  const words = [index ?? '', ...requirements].map(shellWord).join(' ');
  return `sudo -n env STAGE=yes DROP=${shellWord(replaced)} bash -s -- ${words}`;
}

/** The command of a node's shell that prints something if anything is ready. */
export const isPythonStaged = `readlink ${pythonPackagesFolder}.staged`;

/** The command of a node's shell that removes what was made ready and not used. */
export const unstagePythonPackages = `sudo -n sh -c 'folder=$(readlink ${pythonPackagesFolder}.staged) || exit 0; rm -rf "$folder" ${pythonPackagesFolder}.staged'`;
