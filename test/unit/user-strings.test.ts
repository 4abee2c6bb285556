import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { userStrings } from '../../scripts/user-strings.mjs';

const root = join(import.meta.dirname, '../..');
const golden = readFileSync(join(root, 'test/fixtures/strings.txt'), 'utf8');

describe('the list of texts that users read', () => {
  it('is what the sources say: npm run generate writes it, and its diff shows each change of wording', () => {
    expect(userStrings(root)).toBe(golden);
  });

  it('has texts of every kind: errors, questions, help, events and the editor’s', () => {
    for (const text of [
      'Stopped while {…}.',
      'Destroy "{…}" ({…})? All data on its nodes will be lost{…}. This can’t be undone.',
      'Show this help',
      'Downloading {0} ({1}) from {2}',
      'Launch Cluster…',
    ])
      expect(golden.split('\n')).toContain(text);
  });
});
