import type { Surroundings } from '../base/surroundings.ts';

/** How deep, and how many files and folders, a copy may go: more than anybody has, so that a listing without end ends. */
export const copyLimits = { depth: 100, entries: 1_000_000, nameLength: 255 } as const;

// Names that Windows keeps for devices, with any extension ("Naming Files, Paths, and Namespaces" of its documentation).
const windowsDevice = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/**
 * What is wrong with a name of a file or folder that another machine gave, as a part of a path on this one; `undefined` if it is
 * one that can only ever mean something in the folder it is put into.
 */
export function nameFault(name: string, platform: Surroundings['platform']): string | undefined {
  if (name === '') return 'an empty name';
  if (name === '.' || name === '..') return 'the name of another folder';
  if (name.includes('/')) return 'a path instead of a name';
  if (Buffer.byteLength(name) > copyLimits.nameLength) return 'a name that is too long';

  if (/[\x00-\x1f\x7f-\x9f]/.test(name)) return 'a name with control characters';
  if (platform !== 'win32') return undefined;
  if (/[\\:*?"<>|]/.test(name)) return 'a name that Windows can’t have';
  if (/[. ]$/.test(name) || windowsDevice.test(name)) return 'a name that Windows can’t have';
  return undefined;
}
