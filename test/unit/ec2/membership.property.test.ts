import type { Instance } from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText } from '../../../src/base/plain-text.ts';
import { nodesOf } from '../../../src/model/cluster/cluster.ts';
import { isAcceptedName } from '../../../src/model/cluster/cluster-name.ts';
import { filtersOf, fits } from '../../../src/providers/ec2/api/filters.ts';
import { clusterKeyPath, knownHostsPath } from '../../../src/providers/ec2/api/local-state.ts';
import { tagKeys } from '../../../src/providers/ec2/api/tags.ts';
import { observeClusters } from '../../../src/providers/ec2/inventory/observe.ts';

const now = Date.parse('2026-07-01T12:00:00Z');
const launchId = '20260701T110000Z-0a1b2c3d';

/** What somebody may write who means harm, and what merely comes of mistakes. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '*',
    '?',
    '\\*',
    '../../../Documents',
    `${launchId}/../../..`,
    '/etc/passwd',
    'demo\u0000',
    'demo\u009B31m',
    '\u202Edemo',
    '[x](command:workbench.action.quit)',
    '$(rm -rf ~)',
    "'; drop",
    'demo\nHost *',
    '',
    '.',
    '..',
    '-oProxyCommand=x',
    '9'.repeat(60),
    'SHA256:' + '*'.repeat(43),
  ),
);

const hostileTags = fc.dictionary(
  fc.constantFrom(...Object.values(tagKeys), 'Name', 'team'),
  fc.oneof(hostile, fc.constantFrom('demo', 'master', 'slave', 'ready', launchId)),
  { noNullPrototype: true },
);

let next = 0;

/** An instance as EC2 has it, with the tags that somebody gave it. */
function instance(tags: Record<string, string>, more: Partial<Instance> = {}): Instance {
  next += 1;
  return {
    InstanceId: `i-${next}`,
    VpcId: 'vpc-1',
    State: { Name: 'running' },
    LaunchTime: new Date(now),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    ...more,
  };
}

/** A node of the launch in its own group, whatever its tags say. */
const own: Partial<Instance> = {
  ClientToken: `${launchId}/0123456789abcdef`,
  SecurityGroups: [{ GroupId: 'sg-demo', GroupName: 'flintrock-demo' }],
};
const launches = new Map([['sg-demo', launchId]]);

describe('whatever tags say', () => {
  it('no instance is a node that its launch didn’t ask for, in its group and VPC', () => {
    const stranger = fc.record({
      tags: hostileTags,
      token: fc.oneof(
        hostile,
        fc.constantFrom(
          undefined,
          `${launchId}/`,
          launchId,
          '20260701T110000Z-ffffffff/0123456789abcdef',
        ),
      ),
      group: fc.constantFrom('flintrock-demo', 'flintrock', 'other'),
      vpc: fc.constantFrom('vpc-1', 'vpc-2'),
    });
    fc.assert(
      fc.property(fc.array(stranger, { maxLength: 6 }), hostileTags, (strangers, worn) => {
        const mine = [
          instance({ ...worn, [tagKeys.name]: 'demo', [tagKeys.role]: 'master' }, own),
          instance({ ...worn, [tagKeys.name]: 'demo', [tagKeys.role]: 'slave' }, own),
        ];
        const others = strangers.map(({ tags, token, group, vpc }) =>
          instance(tags, {
            VpcId: vpc,
            SecurityGroups: [{ GroupId: `${vpc}-${group}`, GroupName: group }],
            ...(token !== undefined && { ClientToken: token }),
          }),
        );
        const found = observeClusters([...mine, ...others], 'us-east-1', now, { launches });
        const [demo] = found.filter(
          ({ cluster: { name, vpcId } }) => name === 'demo' && vpcId === 'vpc-1',
        );
        const ids = new Set(mine.map(({ InstanceId }) => InstanceId));
        expect(demo?.instances.map(({ InstanceId }) => InstanceId).sort()).toEqual([...ids].sort());
        for (const { cluster, instances } of found) {
          for (const { id } of nodesOf(cluster))
            if (cluster === demo?.cluster) expect(ids).toContain(id);
          // What is shown can't be taken for anything else, and leads to no folder but our own.
          expect(plainText(cluster.name)).toBe(cluster.name);
          expect(
            cluster.name === '' || isAcceptedName(cluster.name) || cluster.name.includes('\\u{'),
          ).toBe(true);
          const place = {
            env: { FLINTROCK_STATE: '/state' },
            home: '/home',
            platform: 'linux',
            clock: { now: () => now, sleep: () => Promise.resolve() },
          } as const;
          for (const path of [clusterKeyPath(cluster, place), knownHostsPath(cluster, place)])
            expect(path).toMatch(
              /^\/state\/ec2\/[A-Za-z0-9_-][A-Za-z0-9._-]*\/(id_ed25519|known_hosts)$/,
            );
          for (const { name, version } of cluster.services)
            expect(`${name} ${version ?? ''}`).toMatch(/^[a-z0-9-]+ [A-Za-z0-9._+-]+$/);
          expect(instances.every(({ State }) => State?.Name === 'running')).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('filters', () => {
  it('take every value for itself, and what EC2 gives is compared again', () => {
    fc.assert(
      fc.property(hostile, hostile, (wanted, other) => {
        const [filter] = filtersOf({ 'tag:x': [wanted] }).Filters;
        const [text = ''] = filter?.Values ?? [];
        // Read as EC2 reads it, it fits nothing but itself.
        expect(text.replaceAll(/\\([\\*?])/g, '$1')).toBe(wanted);
        expect(text.replaceAll(/\\[\\*?]/g, '')).not.toMatch(/[*?]/);
        expect(fits({ 'tag:x': [wanted] }, () => [other])).toBe(wanted === other);
      }),
    );
  });
});
