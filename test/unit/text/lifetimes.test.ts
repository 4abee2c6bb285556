import { describe, expect, it } from 'vitest';
import type { ClusterLifetime } from '../../../src/model/cluster/lifetime.ts';
import { formatLifetime, formatLifetimeBriefly } from '../../../src/text/lifetimes.ts';

describe('when a cluster ends', () => {
  const now = Date.parse('2026-05-04T12:00:00.000Z');
  const none = {
    idleTimeoutSeconds: null,
    maxLifetimeSeconds: null,
    idleEndsAt: null,
    endsAt: null,
  };
  const idle = { idleTimeoutSeconds: 1800 };
  const soon = { idleEndsAt: '2026-05-04T12:22:00.000Z' };
  const longest = { maxLifetimeSeconds: 28_800 };
  const end = { endsAt: '2026-05-04T19:10:00.000Z' };
  it.each<[Partial<ClusterLifetime>, string, string]>([
    [idle, 'ends after 30 min idle', 'after 30 min idle'],
    [{ ...idle, ...soon }, 'ends in 22 min if idle', 'after 30 min idle'],
    [longest, 'ends at the latest 8 h after it starts', ''],
    [{ ...longest, ...end }, 'ends in 7 h 10 min at the latest', 'in 7 h 10 min'],
    [
      { ...idle, ...soon, ...longest, ...end },
      'ends in 22 min if idle, in 7 h 10 min at the latest',
      'in 7 h 10 min, or after 30 min idle',
    ],
  ])('%#', (lifetime, text, brief) => {
    expect(formatLifetime({ ...none, ...lifetime }, now)).toBe(text);
    expect(formatLifetimeBriefly({ ...none, ...lifetime }, now)).toBe(brief);
  });
});
