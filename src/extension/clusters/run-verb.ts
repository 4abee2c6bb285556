import type { Cluster } from '../../model/cluster/cluster.ts';
import type { OperationRequest } from '../engine/operations.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import type { RemedyButton } from '../ui/remedies.ts';
import { refOf } from './cluster-ref.ts';

/**
 * Changes one cluster with progress, looks at all of them again, and shows what went wrong.
 *
 * @param doing what is done, such as `Starting "demo"`
 * @param buttons what there is to do about a failure
 * @returns what the verb gave, or `undefined` if it failed
 */
export async function runVerb<T>(
  services: ExtensionServices,
  cluster: Cluster,
  { verb, doing, work }: Pick<OperationRequest<T>, 'verb' | 'work'> & { readonly doing: string },
  ...buttons: readonly RemedyButton[]
): Promise<T | undefined> {
  const outcome = await services.operations.run({
    ref: refOf(cluster),
    verb,
    title: doing,
    work,
  });
  await services.model.refresh();
  if (outcome.ok) return outcome.value;
  showFailure(doing, outcome.error, ...buttons);
  return undefined;
}
