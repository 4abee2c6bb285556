import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { askForText } from '../ui/window.ts';

/** Those of the Python tool keep their size: it knows nothing of ours. */
export function canResize({ launchId }: Cluster): boolean {
  return launchId !== null;
}

/** Asks for a number of workers. */
export async function askCount(
  title: string,
  prompt: string,
  max: number,
): Promise<number | undefined> {
  const text = await askForText({
    title,
    prompt,
    value: '1',
    problem: (typed) => countProblem(typed, max),
  });
  return text === undefined ? undefined : Number(text);
}

/** What is wrong with a count that was typed, or `undefined`. */
export function countProblem(text: string, max: number): string | undefined {
  const number = Number(text.trim());
  return /^\d+$/.test(text.trim()) && number >= 1 && number <= max
    ? undefined
    : vscode.l10n.t('Enter a whole number between 1 and {0}.', max);
}
