import type { Plan } from '../../src/model/plan.ts';

/** A launch on this machine, with Spark to download. */
export const localPlan: Plan = {
  ok: true,
  cluster: 'demo',
  provider: 'local',
  nodes: [
    { role: 'master', count: 1, cores: null, memoryMiB: null, type: 'process' },
    { role: 'worker', count: 2, cores: 1, memoryMiB: 1536, type: 'process' },
  ],
  software: [
    { name: 'spark', version: '4.1.4', source: 'https://a/spark.tgz', fetchBytes: 437_000_000 },
    { name: 'java', version: '17.0.12', source: '/usr/lib/jvm', fetchBytes: 0 },
  ],
  price: null,
  changes: [],
  plannedChanges: [],
  problems: [],
};

/** A launch on EC2 with a master on demand and spot workers of another type. */
export const ec2Plan: Plan = {
  ok: true,
  cluster: 'demo',
  provider: 'ec2',
  region: 'us-east-1',
  nodes: [
    { role: 'master', count: 1, cores: 2, memoryMiB: 8192, type: 'm7g.large', market: 'on-demand' },
    { role: 'worker', count: 2, cores: 8, memoryMiB: 65_536, type: 'r7g.2xlarge', market: 'spot' },
  ],
  software: [{ name: 'hdfs', version: '3.4.2', source: 'https://a/hadoop.tgz', fetchBytes: null }],
  price: {
    currency: 'USD',
    perHour: 0.0341,
    parts: [{ name: '2 × r7g.2xlarge, spot', perHour: 0.02 }],
  },
  changes: [],
  plannedChanges: [],
  problems: [],
};
