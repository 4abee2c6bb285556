import * as vscode from 'vscode';
import { type Cluster, clusterNameProblem } from '../../model/cluster/cluster.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { askForText } from '../ui/window.ts';

/** Asks for the name of a new cluster. */
export async function askName(
  services: ExtensionServices,
  title: string,
): Promise<string | undefined> {
  const { clusters } = await services.model.known();
  const problem = nameProblem(clusters);
  const name = await askForText({
    title,
    prompt: vscode.l10n.t('Cluster name'),
    value: freeName(clusters),
    problem: (text) => problem(text.trim()),
  });
  return name?.trim();
}

/** Tells what is wrong with the name of a new cluster; `undefined` if nothing is. */
export function nameProblem(clusters: readonly Cluster[]): (text: string) => string | undefined {
  return (text) => {
    if (clusterNameProblem(text) !== undefined)
      return vscode.l10n.t(
        'Use letters, digits, periods, hyphens and underscores (max. 63); start with a letter or digit.',
      );
    return clusters.some(({ name }) => name === text)
      ? vscode.l10n.t('A cluster named "{0}" already exists.', text)
      : undefined;
  };
}

/** A name that no cluster has: `spark`, `spark-2`. */
export function freeName(clusters: readonly Cluster[]): string {
  const taken = new Set(clusters.map(({ name }) => name));
  if (!taken.has('spark')) return 'spark';
  let number = 2;
  while (taken.has(`spark-${number}`)) number += 1;
  return `spark-${number}`;
}
