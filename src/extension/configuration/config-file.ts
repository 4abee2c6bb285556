import type { ExtensionServices } from '../extension-services.ts';

export async function configFile({
  engines: door,
}: ExtensionServices): Promise<string | undefined> {
  try {
    return await door.configFile();
  } catch {
    // The one that the settings name isn't there: as good as none.
    return undefined;
  }
}
