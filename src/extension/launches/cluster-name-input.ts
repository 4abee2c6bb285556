import * as vscode from 'vscode';
import { clusterNameProblem, type Cluster } from '../../model/cluster/cluster.ts';
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
    prompt: vscode.l10n.t('Name of the cluster'),
    value: freeName(clusters),
    problem: (text) => problem(text.trim()),
  });
  return name?.trim();
}

export function nameProblem(clusters: readonly Cluster[]): (text: string) => string | undefined {
  return (text) =>
    clusterNameProblem(text) ??
    (clusters.some(({ name }) => name === text)
      ? `There is a cluster "${text}" already.`
      : undefined);
}

export function freeName(clusters: readonly Cluster[]): string {
  const taken = new Set(clusters.map(({ name }) => name));
  if (!taken.has('spark')) return 'spark';
  let number = 2;
  while (taken.has(`spark-${number}`)) number += 1;
  return `spark-${number}`;
}
