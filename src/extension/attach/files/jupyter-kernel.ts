import { createHash } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readJsonFile, writeJsonFile } from '../../../base/json-file.ts';

/** The user's folder of kernels (`jupyter --paths`): the first that Jupyter looks into. */
export function kernelsFolder({
  env,
  home,
  platform,
}: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: string;
}): string {
  if (env['JUPYTER_DATA_DIR']) return join(env['JUPYTER_DATA_DIR'], 'kernels');
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Jupyter', 'kernels');
    case 'win32':
      return join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'jupyter', 'kernels');
    default:
      return join(env['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'jupyter', 'kernels');
  }
}

/** What a kernel is made of. */
export interface KernelRequest {
  /** Absolute path of the workspace's folder. */
  readonly workspace: string;
  /** By which users select it. */
  readonly title: string;
  /** The interpreter, which has `ipykernel`. */
  readonly python: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Name of a workspace's kernel: Jupyter takes letters, digits, `-`, `.` and `_`. */
export function kernelName(workspace: string): string {
  const name = basename(workspace)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  const hash = createHash('sha256').update(workspace).digest('hex').slice(0, 8);
  return `flintrock-${name.slice(0, 40)}-${hash}`;
}

/**
 * Writes the kernel of a workspace, for its owner only: its environment has a secret in it.
 *
 * @param folder of the user's kernels
 * @returns the kernel's folder
 */
export async function writeKernel(
  folder: string,
  { workspace, title, python, environment }: KernelRequest,
): Promise<string> {
  const kernel = join(folder, kernelName(workspace));
  await mkdir(kernel, { recursive: true, mode: 0o700 });
  await chmod(kernel, 0o700);
  await writeJsonFile(join(kernel, 'kernel.json'), {
    argv: [python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'],
    display_name: title,
    language: 'python',
    // Values as they are: VS Code replaces no variables here.
    env: environment,
    metadata: { debugger: true, flintrock: { workspace } },
  });
  return kernel;
}

/** Removes a kernel that {@link writeKernel} wrote; one that is something else by now stays. */
export async function removeKernel(kernel: string): Promise<void> {
  const spec = await readJsonFile(join(kernel, 'kernel.json')).catch(() => undefined);
  const { metadata } = (spec ?? {}) as { readonly metadata?: { readonly flintrock?: unknown } };
  if (metadata?.flintrock !== undefined) await rm(kernel, { recursive: true });
}
