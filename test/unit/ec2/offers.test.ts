import { expect, it } from 'vitest';
import type { PartialValues } from '../../../src/config/options/options.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';
import { kindText } from '../../../src/model/cluster/cluster-shape.ts';
import { kindsToTry, offersOf } from '../../../src/providers/ec2/plan/offers.ts';

/** The kinds that are tried, as `master + workers`. */
function tried(overrides: PartialValues): string[] {
  const { values } = resolveSettings({ overrides, verb: 'launch', cwd: '/', home: '/' });
  return kindsToTry(values).map(
    ({ master, workers }) => `${kindText(master)} + ${kindText(workers)}`,
  );
}

it.each<[PartialValues, string[]]>([
  [{}, ['m5.large + m5.large']],
  [{ ec2SpotPrice: 0.1 }, ['m5.large (spot) + m5.large (spot)']],
  [{ ec2SpotPrice: 0.1, ec2Spot: 'workers' }, ['m5.large + m5.large (spot)']],
  [{ ec2SpotPrice: 0.1, ec2Spot: 'none' }, ['m5.large + m5.large']],
  [{ ec2SpotFallback: true }, ['m5.large + m5.large']],
  [
    { ec2FallbackInstanceTypes: ['m5a.large', 'm5.large', 'm6i.large'] },
    ['m5.large + m5.large', 'm5a.large + m5a.large', 'm6i.large + m6i.large'],
  ],
  [
    {
      ec2MasterInstanceType: 't3.large',
      ec2FallbackInstanceTypes: ['m5a.large'],
      ec2Spot: 'workers',
      ec2SpotFallback: true,
    },
    [
      't3.large + m5.large (spot)',
      't3.large + m5a.large (spot)',
      't3.large + m5.large',
      't3.large + m5a.large',
    ],
  ],
])('%j', (overrides, kinds) => expect(tried({ provider: 'ec2', ...overrides })).toEqual(kinds));

it('tries the first kinds in every place that has both, then the next', () => {
  const place = (zone: string) => ({
    subnetId: zone,
    zone,
    hasPublicAddresses: true,
    address: '172.31.0.0',
  });
  const kind = (instanceType: string) => ({ instanceType, market: 'on-demand' }) as const;
  const kinds = [
    { master: kind('m'), workers: kind('one') },
    { master: kind('m'), workers: kind('two') },
  ];
  const offers = offersOf(
    kinds,
    [place('a'), place('b')],
    (type, zone) => type !== 'one' || zone === 'b',
  );
  expect(offers.map(({ workers, place: { zone } }) => `${workers.instanceType} ${zone}`)).toEqual([
    'one b',
    'two a',
    'two b',
  ]);
});
