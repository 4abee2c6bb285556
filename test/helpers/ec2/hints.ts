import { remediesLine } from '../../../src/cli/rendering/remedies.ts';
import type { Remedy } from '../../../src/model/remedy.ts';

/** What to do about an error, a warning or a problem, as the command line says it. */
export function hintOf(told: { readonly remedies: readonly Remedy[] } | undefined): string {
  return remediesLine(told?.remedies ?? [], []);
}
