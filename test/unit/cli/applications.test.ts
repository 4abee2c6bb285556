import { describe, expect, it } from 'vitest';
import { clusterLines } from '../../../src/cli/rendering/cluster-block.ts';
import { aCluster } from '../../helpers/clusters.ts';

const now = Date.parse('2026-11-30T12:30:00Z');
const application = (n: number, cores: number) => ({
  id: `app-20261130121500-000${n}`,
  name:
    n === 1 ? 'a\u001b[2Jjob with a name that is too long for the width of this terminal' : 'count',
  cores,
  user: 'ann',
  executorMemoryMiB: 2048,
  startedAt: '2026-11-30T12:15:00Z',
});
const linesOf = (count: number): string[] => {
  const applications = Array.from({ length: count }, (_, n) => application(n, n));
  return clusterLines(aCluster('demo', { applications, services: [], tags: {} }), now, 80)
    .map((line) => line.map(([text]) => text).join(''))
    .slice(-count);
};

describe('the applications of a cluster', () => {
  it('are shown with what they hold, the largest first', () => {
    expect(`\n${linesOf(3).join('\n')}\n`).toMatchInlineSnapshot(`
      "
        applications  count  2 cores, 2 GiB per executor  ann  15 min  app-2026113012…
                      ajob with a name that is too lo…  1 core, 2 GiB per executor  a…
                      count  0 cores, 2 GiB per executor  ann  15 min  app-2026113012…
      "
    `);
    for (const line of linesOf(3)) expect(line.length).toBeLessThanOrEqual(80);
    expect(linesOf(14).at(-1)?.trim()).toBe('4 more');
  });
});
