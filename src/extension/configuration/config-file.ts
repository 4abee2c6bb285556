import type { ExtensionServices } from '../extension-services.ts';

export async function configFile({ engines }: ExtensionServices): Promise<string | undefined> {
  try {
    return await engines.configFile();
  } catch {
    // The one that the settings name isn't there: as good as none.
    return undefined;
  }
}
