import type { ChoiceFacts } from '../../src/model/choice.ts';
import type { StepSubject, WaitSubject } from '../../src/model/events.ts';
import type { MasterFirstReason, PlannedChange } from '../../src/model/planned-change.ts';

type Kinds<T extends { readonly kind: string }> = {
  readonly [K in T['kind']]: readonly Extract<T, { readonly kind: K }>[];
};

/** Every subject that the engine waits for, by kind: one that is missing is a type error. */
const waitKinds: Readonly<Record<WaitSubject['kind'], readonly WaitSubject[]>> = {
  workers: [
    { kind: 'workers', missing: 1, total: 1 },
    { kind: 'workers', missing: 2, total: 3 },
  ],
  'spark-master': [{ kind: 'spark-master' }],
  'master-services': [{ kind: 'master-services' }],
  'hdfs-safe-mode': [{ kind: 'hdfs-safe-mode' }],
  'master-instance': [{ kind: 'master-instance' }],
  'master-setup': [{ kind: 'master-setup' }],
  ssh: [
    { kind: 'ssh', lastError: null },
    { kind: 'ssh', lastError: 'demo' },
  ],
  'other-download': [{ kind: 'other-download', pid: 7, version: '4.1.4' }],
};

/** What the engine waits for. */
export const waitSubjects: readonly WaitSubject[] = Object.values(waitKinds).flat();

/** What a step does. */
export const stepSubjects: readonly StepSubject[] = [
  { kind: 'unpack', version: '4.1.4' },
  { kind: 'node-packages', nodes: 3 },
];

const reasons: Kinds<MasterFirstReason> = {
  differs: [{ kind: 'differs' }],
  'tags-disabled': [{ kind: 'tags-disabled' }],
  'tag-key': [{ kind: 'tag-key', key: 'team' }],
  'tags-after-restart': [{ kind: 'tags-after-restart', type: 'm5.large' }],
};

const spot = { type: 'm5.large', market: 'spot', cores: 2, memoryMiB: 8192 } as const;
const onDemand = { ...spot, market: 'on-demand', cores: null, memoryMiB: null } as const;
const volume = { sizeGiB: 30, type: 'gp3' } as const;
const group = { kind: 'security-group', group: 'demo', admitted: ['192.0.2.7/32'] } as const;
const instances = {
  kind: 'instances',
  ami: 'ami-1',
  amiName: 'demo',
  region: 'us-east-1',
  zones: ['us-east-1a', 'us-east-1b'],
} as const;
const fallback = {
  kind: 'fallback',
  types: [
    { type: 'm5.large', market: 'spot' },
    { type: 'm7g.large', market: 'on-demand' },
  ],
} as const;

const changeKinds: Kinds<PlannedChange> = {
  'spark-download': [{ kind: 'spark-download', version: '4.1.4', folder: '/1' }],
  processes: [
    { kind: 'processes', workers: 1 },
    { kind: 'processes', workers: 2 },
  ],
  'security-group': [
    { ...group, isRecreated: false },
    { ...group, isRecreated: true, admitted: [] },
  ],
  instances: [
    { ...instances, masterFirst: null, instances: [{ ...spot, role: 'all', count: 3 }] },
    ...Object.values(reasons)
      .flat()
      .map((masterFirst) => ({
        ...instances,
        masterFirst,
        instances: [
          { ...onDemand, role: 'master' as const, count: 1 },
          { ...spot, role: 'workers' as const, count: 1 },
        ],
      })),
  ],
  fallback: [
    { ...fallback, isOnDemand: false, morePerHour: null },
    { ...fallback, isOnDemand: true, morePerHour: null },
    { ...fallback, isOnDemand: true, morePerHour: 0.12 },
  ],
  'root-volume': [
    { kind: 'root-volume', volume, hasPublicAddress: true },
    { kind: 'root-volume', volume, hasPublicAddress: false },
  ],
  'extra-volumes': [
    { kind: 'extra-volumes', volumes: [{ ...volume, iops: 6000, throughput: 250 }, volume] },
  ],
  interruption: [
    { kind: 'interruption', action: 'terminate' },
    { kind: 'interruption', action: 'stop' },
  ],
  lifetime: [
    {
      kind: 'lifetime',
      idleSeconds: 1800,
      maxSeconds: null,
      maxCost: null,
      perHour: null,
      action: 'terminate',
    },
    {
      kind: 'lifetime',
      idleSeconds: null,
      maxSeconds: 28_800,
      maxCost: null,
      perHour: null,
      action: 'stop',
    },
    {
      kind: 'lifetime',
      idleSeconds: 1800,
      maxSeconds: 28_800,
      maxCost: null,
      perHour: null,
      action: 'mixed',
    },
  ],
  'private-key': [{ kind: 'private-key' }],
};

/** Every kind of change that a plan has, in each of its forms. */
export const plannedChanges: readonly PlannedChange[] = Object.values(changeKinds).flat();

const subnet = {
  kind: 'subnet',
  name: 'demo',
  zone: 'us-east-1a',
  vpc: 'vpc-1',
  cidr: '10.0.0.0/24',
  isDefault: true,
  isPublic: true,
  freeAddresses: 250,
} as const;
const type = { kind: 'instance-type', cores: 2, memoryMiB: 8192, architecture: 'arm64' } as const;

const choiceKinds: Kinds<ChoiceFacts> = {
  'key-pair': [{ kind: 'key-pair', type: 'ed25519', fingerprint: '1f:51' }],
  subnet: [subnet, { ...subnet, name: null, isDefault: false, isPublic: false, freeAddresses: 1 }],
  subnets: [
    { kind: 'subnets', count: 1, hasDefault: true },
    { kind: 'subnets', count: 3, hasDefault: false },
  ],
  image: [
    { kind: 'image', name: 'demo', architecture: 'arm64', created: null },
    { kind: 'image', name: null, architecture: null, created: '2026-01-31' },
  ],
  'instance-type': [
    { ...type, pricePerHour: 0.0816 },
    { ...type, pricePerHour: null },
  ],
};

/** What can be known of values that an account has. */
export const choiceFacts: readonly ChoiceFacts[] = Object.values(choiceKinds).flat();
