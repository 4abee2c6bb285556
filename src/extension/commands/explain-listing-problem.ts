import { treeItem } from '../clusters/cluster-argument.ts';
import { showListingProblem } from '../clusters/listing-problem.ts';
import type { ExtensionServices } from '../extension-services.ts';

/** Show Problem: why clusters couldn't be loaded, with buttons for what helps. */
export function showProblem(_services: ExtensionServices, argument: unknown): void {
  const item = treeItem(argument);
  if (item?.kind === 'problem') showListingProblem(item.problem);
}
