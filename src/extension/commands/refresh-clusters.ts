import type { ExtensionServices } from '../extension-services.ts';
import { withProgress } from '../ui/window.ts';

/** Refresh, with the progress in the view. */
export async function refreshClusters({ model }: ExtensionServices): Promise<void> {
  await withProgress({ location: { viewId: 'flintrock.clusters' } }, () =>
    // The user waits for it, and may be asked.
    model.refresh(true),
  );
}
