import { describe, expect, it } from 'vitest';
import type { ClusterLifetime } from '../../../src/model/cluster/lifetime.ts';
import {
  formatExtended,
  formatLifetime,
  formatLifetimeBriefly,
  formatLifetimeLabel,
  formatLifetimeSentence,
} from '../../../src/text/lifetimes.ts';

describe('when a cluster ends', () => {
  const now = Date.parse('2026-05-04T12:00:00.000Z');
  const none = {
    idleTimeoutSeconds: null,
    maxLifetimeSeconds: null,
    maxCost: null,
    costLeft: null,
    idleEndsAt: null,
    endsAt: null,
    action: 'terminate' as const,
  };
  const idle = { idleTimeoutSeconds: 1800 };
  const soon = { idleEndsAt: '2026-05-04T12:22:00.000Z' };
  const longest = { maxLifetimeSeconds: 28_800 };
  const end = { endsAt: '2026-05-04T19:10:00.000Z' };
  it.each<[Partial<ClusterLifetime>, string, string]>([
    [idle, 'terminates after 30 min idle', 'terminates after 30 min idle'],
    [{ ...idle, ...soon }, 'terminates in 22 min if idle', 'terminates after 30 min idle'],
    [longest, 'terminates at the latest 8 h after it starts', ''],
    [{ maxCost: 5 }, 'terminates after it has cost $5.00', ''],
    [
      { maxCost: 5, ...end },
      'terminates in 7 h 10 min at the latest, at most $5.00',
      'terminates in 7 h 10 min',
    ],
    [
      { maxCost: 5, costLeft: 3.2, ...end },
      'terminates in 7 h 10 min at the latest, $3.20 of $5.00 left',
      'terminates in 7 h 10 min ($3.20 left)',
    ],
    [{ ...longest, ...end }, 'terminates in 7 h 10 min at the latest', 'terminates in 7 h 10 min'],
    [
      { ...idle, ...soon, ...longest, ...end },
      'terminates in 22 min if idle, in 7 h 10 min at the latest',
      'terminates in 7 h 10 min, or after 30 min idle',
    ],
  ])('%#', (lifetime, text, brief) => {
    expect(formatLifetime({ ...none, ...lifetime }, now)).toBe(text);
    expect(formatLifetimeBriefly({ ...none, ...lifetime }, now)).toBe(brief);
  });

  it.each([
    ['terminate', 'Terminates', 'terminates', 'will terminate'],
    ['stop', 'Stops', 'stops', 'will stop'],
    // Nodes of an earlier version don't say.
    [null, 'Ends', 'ends', 'will end'],
  ] as const)('it is said what it does then: %s', (action, label, clause, will) => {
    const lifetime = { ...none, ...longest, ...end, action };
    expect(formatLifetimeLabel(lifetime)).toBe(label);
    expect(formatLifetime(lifetime, now)).toBe(`${clause} in 7 h 10 min at the latest`);
    expect(formatLifetimeBriefly(lifetime, now)).toBe(`${clause} in 7 h 10 min`);
    expect(formatLifetimeSentence(lifetime, now)).toBe(`${label} in 7 h 10 min`);
    expect(formatExtended('demo', lifetime, now)).toBe(`"demo" ${will} in 7 h 10 min.`);
  });
});
