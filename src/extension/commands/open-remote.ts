import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { toClusterError } from '../../model/errors.ts';
import { requireCluster } from '../clusters/cluster-argument.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { usableStates } from '../clusters/pick-cluster.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { hostAlias, hostEntry, includeLine, withEntry } from '../terminals/ssh-config.ts';
import { showFailure } from '../ui/failure.ts';
import { ask, showInformation } from '../ui/window.ts';

const remoteSsh = 'ms-vscode-remote.remote-ssh';

/** Whether "Open VS Code on Master" is offered: kept in a context of ours, for the menus. */
export function watchRemoteSsh(): vscode.Disposable {
  const tell = (): void =>
    void vscode.commands.executeCommand(
      'setContext',
      'flintrock.remoteSsh',
      vscode.extensions.getExtension(remoteSsh) !== undefined,
    );
  tell();
  return vscode.extensions.onDidChange(tell);
}

/** Open VS Code on Master: a window of Remote-SSH there, which knows the host's key by our file. */
export async function openRemote(services: ExtensionServices, argument: unknown): Promise<void> {
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster to open VS Code on'),
    states: usableStates,
    none: vscode.l10n.t('No cluster is running on EC2.'),
    fits: ({ provider }) => provider === 'ec2',
  });
  if (cluster === undefined) return;
  const doing = vscode.l10n.t('Opening VS Code on "{0}"', cluster.name);
  if (vscode.extensions.getExtension(remoteSsh) === undefined) {
    void showInformation(
      vscode.l10n.t('Install the Remote - SSH extension to open VS Code on a cluster.'),
    );
    return;
  }
  try {
    const session = await services.terminals.session(refOf(cluster), 'master');
    if (session.kind !== 'process') {
      void showInformation(
        session.reason === 'key'
          ? vscode.l10n.t(
              'The SSH client (ssh) does not accept the private key as it is stored. Make it readable by you only, and convert it to the OpenSSH format.',
            )
          : vscode.l10n.t('The SSH client (ssh) isn’t installed, or isn’t on the PATH.'),
      );
      return;
    }
    const alias = hostAlias(cluster.name);
    if (!(await isIncluded(services))) return;
    await writeEntry(services.sshConfig, alias, hostEntry(alias, session));
    await vscode.commands.executeCommand('vscode.newWindow', {
      remoteAuthority: `ssh-remote+${alias}`,
      reuseWindow: false,
    });
  } catch (error) {
    showFailure(doing, toClusterError(error));
  }
}

/** Whether `ssh` reads our file; the one line that makes it so is written only if the user agrees. */
async function isIncluded({ engines, sshConfig }: ExtensionServices): Promise<boolean> {
  const file = join(engines.places.home, '.ssh', 'config');
  const line = includeLine(sshConfig, engines.places.platform);
  const before = await readFile(file, 'utf8').catch(() => '');
  if (before.split(/\r?\n/).includes(line)) return true;
  const add = vscode.l10n.t('Add');
  const answer = await ask(
    {
      text: vscode.l10n.t('Add Flintrock hosts to your SSH config?'),
      detail: vscode.l10n.t(
        'Remote - SSH finds clusters through this line at the beginning of {0}:\n\n{1}',
        file,
        line,
      ),
    },
    add,
  );
  if (answer !== add) return false;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${line}\n\n${before}`, { mode: 0o600 });
  return true;
}

async function writeEntry(file: string, alias: string, entry: string): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => '');
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, withEntry(before, alias, entry), { mode: 0o600 });
}
