import * as vscode from 'vscode';
import { toClusterError } from '../../../model/errors.ts';
import type { ExtensionServices } from '../../extension-services.ts';
import { showFailure } from '../../ui/failure.ts';
import { showInformation, showWarning } from '../../ui/window.ts';
import type { Attachment } from '../attachment.ts';
import { findInterpreter, hasModule } from '../running/interpreter.ts';
import { addToEnvFile, envFilePath } from './env-file.ts';
import { kernelsFolder, writeKernel } from './jupyter-kernel.ts';

/**
 * Makes the notebook kernel of an attached folder.
 *
 * @returns its title, or why there is none and what to do
 */
export async function makeKernel(
  services: ExtensionServices,
  attachment: Attachment,
): Promise<{ readonly title: string } | { readonly missing: string }> {
  const { folder, environment } = attachment;
  const python = await findInterpreter(folder);
  if (python === undefined)
    return {
      missing: vscode.l10n.t(
        'No Python environment was found in "{0}". Create one in .venv, or select an interpreter, and attach again to use notebooks.',
        folder.name,
      ),
    };
  if (!(await hasModule(python, 'ipykernel')))
    return {
      missing: vscode.l10n.t(
        'To use notebooks, install ipykernel and attach again: {0} -m pip install ipykernel',
        python,
      ),
    };
  const title = vscode.l10n.t('Spark ({0})', folder.name);
  const kernel = await writeKernel(kernelsFolder(services.engines.places), {
    workspace: folder.uri.fsPath,
    ...{ title, python, environment },
  });
  await services.attachments.keep(folder, { kernel });
  return { title };
}

/** Adds the connection to the file that debugging and kernels of the Python extension read. */
export async function addConnectionToEnvFile(
  services: ExtensionServices,
  { folder, environment }: Attachment,
): Promise<void> {
  const { places } = services.engines;
  const path = envFileOf(services, folder);
  const name = vscode.workspace.asRelativePath(path);
  try {
    const envFile = await addToEnvFile(path, folder.uri.fsPath, environment, places);
    if (envFile === undefined) {
      void showWarning(
        vscode.l10n.t(
          '{0} is under version control: the token would be committed with it. Set python.envFile to another file.',
          name,
        ),
      );
      return;
    }
    await services.attachments.keep(folder, { envFile });
    void showInformation(
      vscode.l10n.t('The connection was added to {0}, and is removed when you detach.', name),
    );
  } catch (error) {
    showFailure(vscode.l10n.t('Adding the connection to {0}', name), toClusterError(error));
  }
}

/** The file that the Python extension reads variables from. */
export function envFileOf(services: ExtensionServices, folder: vscode.WorkspaceFolder): string {
  const setting = vscode.workspace
    .getConfiguration('python', folder.uri)
    .get<string>('envFile', '${workspaceFolder}/.env');
  const { name, uri } = folder;
  return envFilePath(setting, { name, path: uri.fsPath }, services.engines.places);
}
