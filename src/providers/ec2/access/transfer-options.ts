import type { WorkContext } from '../../../engine/provider.ts';
import type { ClusterNode } from '../../../model/cluster/cluster.ts';
import { advice } from '../../../model/remedy.ts';
import type { TransferOptions } from '../../../ssh/transfer.ts';

/** How files are copied to or from a node: what is left out is a warning. */
export function transferOptions(
  node: Pick<ClusterNode, 'name'>,
  { signal, emit, platform }: WorkContext,
): TransferOptions {
  return {
    signal,
    platform,
    onSkipped: (message) =>
      emit('warning', {
        kind: 'TRANSFER_FAILED',
        message: `${node.name}: ${message}`,
        remedies: advice(
          'Symbolic links and special files are not copied; to keep them, copy an archive of the folder instead.',
        ),
      }),
  };
}
