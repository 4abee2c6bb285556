import type { Remedy } from '../model/remedy.ts';

/** Remedies as plain sentences, without the commands or buttons that a host has for them. */
export function remediesText(remedies: readonly Remedy[]): string {
  return remedies.map(({ text }) => text).join(' ');
}
