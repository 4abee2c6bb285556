import { type EnvFileChange, removeFromEnvFile } from './env-file.ts';
import { removeKernel } from './jupyter-kernel.ts';

/** What attaching wrote into files, so that detaching takes it back. */
export interface MadeFiles {
  /** Folder of the notebook kernel. */
  readonly kernel?: string | undefined;
  readonly envFile?: EnvFileChange | undefined;
}

/** Takes back what {@link MadeFiles} says. */
export async function removeMadeFiles({ kernel, envFile }: MadeFiles): Promise<void> {
  if (kernel !== undefined) await removeKernel(kernel);
  if (envFile !== undefined) await removeFromEnvFile(envFile);
}
