import { expect, it } from 'vitest';
import type { WorkerOffer } from '../../../src/model/plan.ts';
import { formatScratch, formatWorkerOffer } from '../../../src/text/plans.ts';

const offer: WorkerOffer = {
  cores: 16,
  memoryMiB: 30_720,
  executors: { perWorker: 4, cores: 4, memoryMiB: 7680 },
  scratch: [
    { kind: 'instance-store', count: 2, sizeGB: 300 },
    { kind: 'volumes', count: 1, sizeGiB: 500 },
  ],
};

it('what a worker offers to Spark is said as its cores, memory, executors and disks', () => {
  expect(formatWorkerOffer({ offer })).toBe(
    '16 cores, 30 GiB per worker · 4 executors with 4 cores, 7.5 GiB',
  );
  expect(formatScratch({ offer })).toBe(
    '2 instance store volumes of 300 GB per worker + 1 EBS volume of 500 GiB per worker',
  );
  const root = { ...offer, scratch: [{ kind: 'root-volume', sizeGiB: 30 }] } as const;
  expect(formatScratch({ offer: root })).toBe('root volume of each worker, 30 GiB');
  const folder = { ...offer, scratch: [{ kind: 'folder', path: '/mnt/a' }] } as const;
  expect(formatScratch({ offer: folder })).toBe('/mnt/a');
  expect(formatWorkerOffer({})).toBe('');
  expect(formatScratch({})).toBe('');
});
