import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { WheelFile, WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { advice } from '../../../model/remedy.ts';
import { withRequirements } from '../../../model/software/packages/python-requirements.ts';
import { askPython } from '../../../python/find-python.ts';
import { minorOf } from '../../../python/interpreters.ts';
import { fillPackageFolder } from '../../../python/package-folder.ts';
import { formatStep } from '../../../text/engine/steps.ts';
import type { ClusterRecord, LocalCluster } from '../records/records.ts';

/** Python packages that are ready to be a cluster’s. */
export interface NewPythonPackages {
  readonly record: NonNullable<ClusterRecord['pythonPackages']>;
  /** Makes them the cluster’s, in one step. */
  readonly put: () => Promise<void>;
  /** Removes them, if they aren’t the cluster’s. */
  readonly discard: () => Promise<void>;
}

/** What Python has in its path for a cluster’s packages: always the same, whatever is installed. */
export function pythonPackagesFolder({ folder }: Pick<LocalCluster, 'folder'>): string {
  return join(folder, 'python-packages');
}

/**
 * `PYTHONPATH` with a cluster’s packages before what the user has in it; as it is if the cluster has none, or not for this Python.
 *
 * @param version of the Python, as `3.11` or longer
 */
export function withPackagesPath(
  cluster: LocalCluster,
  version: string,
  path: string | undefined,
): string | undefined {
  const packages = cluster.record.pythonPackages;
  if (packages === undefined || packages.minor !== minorOf(version)) return path;
  return [pythonPackagesFolder(cluster), path ?? ''].filter(Boolean).join(delimiter);
}

/**
 * Makes sure that a cluster has the Python packages that it was launched with.
 *
 * @throws ClusterError `PYTHON_NOT_FOUND`, `PYTHON_INSTALL_FAILED`
 */
export async function installPythonPackages(
  cluster: LocalCluster,
  context: WorkContext,
): Promise<void> {
  const packages = cluster.record.pythonPackages;
  if (packages === undefined || existsSync(pythonPackagesFolder(cluster))) return;
  const { put } = await fetchPackages(cluster, packages.requirements, packages.index, context);
  await put();
}

/**
 * Installs Python packages beside those that a cluster has, so that all fit together. The cluster’s own stay as they are until
 * {@link NewPythonPackages.put}.
 *
 * @returns `undefined` if it has all of them
 * @throws ClusterError `PYTHON_NOT_FOUND`, `PYTHON_INSTALL_FAILED`
 */
export async function preparePythonPackages(
  cluster: LocalCluster,
  requirements: readonly string[],
  wheels: readonly WheelFile[],
  context: WorkContext,
): Promise<NewPythonPackages | undefined> {
  const { record } = cluster;
  const { values } = context;
  const before = record.pythonPackages?.requirements ?? [];
  const kept = wheels.map((wheel) => wheelPath(cluster.folder, wheel));
  const lines = withRequirements(before, [...requirements, ...kept]);
  if (lines.length === before.length && lines.every((line) => before.includes(line)))
    return undefined;
  await keepWheels(cluster.folder, wheels);
  return fetchPackages(
    cluster,
    lines,
    values.pythonPackageIndex ?? record.pythonPackages?.index,
    context,
  );
}

async function fetchPackages(
  cluster: LocalCluster,
  requirements: readonly string[],
  index: string | undefined,
  context: WorkContext,
): Promise<NewPythonPackages> {
  const { record } = cluster;
  const { clock, emit, signal } = context;
  const python = record.python === null ? undefined : await askPython(record.python, signal);
  if (python === undefined)
    throw new ClusterError(
      'PYTHON_NOT_FOUND',
      `The Python of "${record.name}" was not found${record.python === null ? '' : `: ${record.python}`}.`,
      { remedies: advice('Launch the cluster again with a Python that is installed.') },
    );
  const subject = { kind: 'python-packages' } as const;
  const step = formatStep({ subject });
  const start = clock.now();
  emit('step.started', { step, subject });
  const link = pythonPackagesFolder(cluster);
  const name = `python-packages.${randomBytes(4).toString('hex')}`;
  const folder = join(cluster.folder, name);
  const discard = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await fillPackageFolder(
      {
        folder,
        program: python.program,
        requirements,
        constraints: [`pyspark==${record.spark.version}`],
        index,
      },
      { ...context, onLine: (line) => emit('step.output', { line }) },
    );
  } catch (error) {
    await discard();
    throw error;
  }
  emit('step.finished', { step, subject, seconds: (clock.now() - start) / 1000 });
  return {
    record: { requirements, minor: minorOf(python.version), index },
    discard,
    put: async () => {
      // A link is replaced in one step; Python finds the old packages or the new ones.
      await symlink(name, `${link}.new`);
      await rename(`${link}.new`, link);
      for (const other of await readdir(cluster.folder))
        if (other.startsWith('python-packages.') && other !== name)
          await rm(join(cluster.folder, other), { recursive: true, force: true });
    },
  };
}

/** Where a cluster keeps a wheel. */
export function wheelPath(folder: string, { key, name }: WheelFile): string {
  return join(folder, 'wheels', key, name);
}

/** Puts wheels where a cluster keeps them. */
export async function keepWheels(folder: string, wheels: readonly WheelFile[]): Promise<void> {
  for (const wheel of wheels) {
    const kept = wheelPath(folder, wheel);
    await mkdir(dirname(kept), { recursive: true, mode: 0o700 });
    await copyFile(wheel.path, kept);
  }
}
