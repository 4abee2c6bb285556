import { showListingProblem } from '../clusters/listing-problem.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { treeItem } from '../clusters/cluster-argument.ts';

/** Show Problem: why the clusters of a row's place couldn't be listed, with what there is to do. */
export function explainProblem(_parts: ExtensionServices, argument: unknown): void {
  const item = treeItem(argument);
  if (item?.kind === 'problem') showListingProblem(item.problem);
}
