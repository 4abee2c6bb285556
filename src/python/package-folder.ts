import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uvSettings } from './environment.ts';
import { findUv, installerCertificates, type InstallerContext, runInstaller } from './installer.ts';

/** Packages that a folder of their own is to have. */
export interface PackageFolder {
  /** Absolute path; it is made. */
  readonly folder: string;
  /** The interpreter that they are for. */
  readonly program: string;
  /** Requirements for pip, and absolute paths of wheels. */
  readonly requirements: readonly string[];
  /** What must not come in another version. */
  readonly constraints: readonly string[];
  /** URL of a package index; absent: as the user configured pip or uv. */
  readonly index?: string | undefined;
}

/**
 * Installs packages into a folder, with `uv` where there is one, else with the interpreter’s pip.
 *
 * @throws ClusterError `PYTHON_INSTALL_FAILED`
 */
export async function fillPackageFolder(
  { folder, program, requirements, constraints, index }: PackageFolder,
  context: InstallerContext,
): Promise<void> {
  const uv = await findUv(context.cwd, context);
  const scratch = await mkdtemp(join(tmpdir(), 'flintrock-python-'));
  try {
    const files = { requirements, constraints };
    for (const [name, lines] of Object.entries(files))
      await writeFile(join(scratch, `${name}.txt`), `${lines.join('\n')}\n`);
    const shared = [
      ...['--target', folder, '--requirement', join(scratch, 'requirements.txt')],
      ...['--constraint', join(scratch, 'constraints.txt')],
    ];
    const env = {
      ...(await installerCertificates(scratch, context)),
      NO_COLOR: '1',
      VIRTUAL_ENV: undefined,
      CONDA_PREFIX: undefined,
      PYTHONHOME: undefined,
      PYTHONPATH: undefined,
    };
    const run = {
      folder: scratch,
      failure: 'The Python packages could not be installed',
      doing: 'the installation of Python packages',
    };
    if (uv !== undefined)
      await runInstaller(
        {
          ...run,
          program: uv,
          args: ['pip', 'install', '--python', program, ...shared],
          env: {
            ...env,
            ...(await uvSettings(program, scratch, context)),
            ...(index !== undefined && { UV_DEFAULT_INDEX: index }),
          },
        },
        context,
      );
    else
      await runInstaller(
        {
          ...run,
          program,
          args: [
            ...['-I', '-m', 'pip', 'install', '--disable-pip-version-check'],
            ...['--progress-bar', 'off', '--no-compile', ...shared],
            ...(index === undefined ? [] : ['--index-url', index]),
          ],
          env: {
            ...env,
            PIP_NO_INPUT: '1',
            PIP_USER: '0',
            PIP_PREFIX: undefined,
            PIP_ROOT: undefined,
            PIP_TARGET: undefined,
          },
        },
        context,
      );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
