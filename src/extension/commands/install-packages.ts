import * as vscode from 'vscode';
import { remedyOf, requireCluster } from '../clusters/cluster-argument.ts';
import { runVerb } from '../clusters/run-verb.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { splitArguments } from '../ui/split-arguments.ts';
import { askForText, chooseFile, pickOne, showInformation } from '../ui/window.ts';

/** Install Packages…: for Spark or Python, by names or from a file. */
export async function installPackages(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster to install packages on'),
    states: ['running'],
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const remedy = remedyOf(argument, 'install');
  const title = vscode.l10n.t('Install packages on "{0}"', cluster.name);
  const packages = remedy?.packages ?? (await askPackages(title));
  if (packages === undefined) return;
  const done = await runVerb(services, cluster, {
    verb: 'install',
    doing: vscode.l10n.t('Installing packages on "{0}"', cluster.name),
    work: (engine, options) =>
      engine.install(cluster.name, packages, { ...options, takeOver: remedy?.takeOver }),
  });
  if (done === undefined) return;
  void showInformation(
    done.changed
      ? vscode.l10n.t(
          'Packages installed on "{0}". Applications that are already running continue without them.',
          cluster.name,
        )
      : vscode.l10n.t('"{0}" has all of these packages already.', cluster.name),
  );
}

async function askPackages(title: string): Promise<readonly string[] | undefined> {
  const names = vscode.l10n.t('Enter names…');
  const picked = await pickOne(
    [
      { label: names, description: vscode.l10n.t('Maven coordinates or Python requirements') },
      {
        label: vscode.l10n.t('Select a file…'),
        description: vscode.l10n.t('Requirements file or wheel'),
      },
    ],
    { title },
  );
  if (picked === undefined) return undefined;
  if (picked.label !== names) {
    const file = await chooseFile({
      title,
      openLabel: vscode.l10n.t('Install'),
      filters: { [vscode.l10n.t('Requirements and wheels')]: ['txt', 'whl'] },
    });
    return file && [file.fsPath];
  }
  const text = await askForText({
    title,
    prompt: vscode.l10n.t(
      'Packages, separated by spaces, such as org.postgresql:postgresql:42.7.4 pandas>=2.2',
    ),
    problem: (line) => (line.trim() === '' ? vscode.l10n.t('Enter a package.') : undefined),
  });
  return text === undefined ? undefined : splitArguments(text);
}
