import { expect, it } from 'vitest';
import type { PartialValues } from '../../../src/config/options/options.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';
import { blockDevices, planVolumes } from '../../../src/providers/ec2/plan/volumes.ts';
import { formatVolume } from '../../../src/text/engine/planned-changes.ts';

/** What is asked for, and what is wrong with it. */
function plan(overrides: PartialValues) {
  const { values, problems } = resolveSettings({
    overrides: { provider: 'ec2', ...overrides },
    verb: 'launch',
    cwd: '/',
    home: '/',
  });
  const wrong = problems
    .filter(({ severity, key }) => severity === 'error' && key !== 'launch.num-slaves')
    .map(({ message }) => message);
  const volumes = planVolumes(values, 8, (_, __, message) => wrong.push(message));
  return { volumes, wrong };
}

it('volumes are what was asked for, encrypted and gone with their node', () => {
  const { volumes, wrong } = plan({
    ec2MinRootEbsSizeGb: 50,
    ec2RootVolumeIops: 6000,
    ec2RootVolumeThroughput: 500,
    ec2Volumes: [{ sizeGiB: 500 }, { sizeGiB: 200, type: 'io2', iops: 20_000 }],
  });
  expect(wrong).toEqual([]);
  expect(volumes.map((volume) => formatVolume(volume))).toEqual([
    '50 GiB gp3, 6000 IOPS, 500 MiB/s',
    '500 GiB gp3',
    '200 GiB io2, 20000 IOPS',
  ]);
  const devices = blockDevices(volumes, '/dev/xvda');
  expect(devices.map(({ DeviceName }) => DeviceName)).toEqual([
    '/dev/xvda',
    '/dev/sdf',
    '/dev/sdg',
  ]);
  for (const { Ebs } of devices)
    expect(Ebs).toMatchObject({ Encrypted: true, DeleteOnTermination: true });
  expect(devices[2]?.Ebs).toMatchObject({ VolumeSize: 200, VolumeType: 'io2', Iops: 20_000 });
});

it.each<[string, PartialValues, RegExp]>([
  ['IOPS that gp3 hasn’t got', { ec2RootVolumeIops: 2000 }, /2000 IOPS, which gp3/],
  [
    'more IOPS than its size allows',
    { ec2Volumes: [{ sizeGiB: 8, iops: 5000 }] },
    /^The volume "size=8,iops=5000" has 5000 IOPS, which is too much for 8 GiB/,
  ],
  [
    'more throughput than its IOPS allow',
    { ec2RootVolumeThroughput: 800 },
    /too much for 3000 IOPS/,
  ],
  [
    'throughput of gp2',
    { ec2Volumes: [{ sizeGiB: 8, type: 'gp2', throughput: 200 }] },
    /doesn’t support provisioned throughput/,
  ],
  [
    'IOPS of st1',
    { ec2Volumes: [{ sizeGiB: 500, type: 'st1', iops: 500 }] },
    /doesn’t support provisioned IOPS/,
  ],
  ['io2 without IOPS', { ec2RootVolumeType: 'io2' }, /requires a number of IOPS/],
  ['a small st1', { ec2Volumes: [{ sizeGiB: 100, type: 'st1' }] }, /100 GiB, which st1/],
  [
    'a volume that can’t be read',
    { ec2Volumes: [{ sizeGiB: 0.5 }] },
    /"size=0.5" is not a volume such as/,
  ],
  [
    'more than there are names',
    { ec2Volumes: Array.from({ length: 12 }, () => ({ sizeGiB: 10 })) },
    /at most 11/,
  ],
])('refused: %s', (_, overrides, message) => {
  const { wrong } = plan(overrides);
  expect(wrong).toEqual([expect.stringMatching(message)]);
});
