import { existsSync, type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';

/** Tells when a cluster is removed. */
export interface RemovalWatch {
  /** Resolves when its record is gone; never where files can’t be watched. */
  readonly removed: Promise<void>;
  close(): void;
}

/** Watches the folder of a cluster, without looking again and again. */
export function watchRemoval(folder: string): RemovalWatch {
  let watcher: FSWatcher | undefined;
  const removed = new Promise<void>((resolve) => {
    const look = (): void => {
      if (!existsSync(join(folder, 'cluster.json'))) resolve();
    };
    try {
      watcher = watch(folder, { persistent: false }, look).once('error', () => undefined);
    } catch {
      // Such as a system that has no more watches to give.
    }
    look();
  });
  return { removed, close: () => watcher?.close() };
}
