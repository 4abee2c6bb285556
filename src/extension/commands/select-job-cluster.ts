import type { ExtensionServices } from '../extension-services.ts';

/** Select Cluster for Jobs…: the one that this workspace’s files run on. */
export async function selectJobCluster({ target }: ExtensionServices): Promise<void> {
  await target.select();
}
