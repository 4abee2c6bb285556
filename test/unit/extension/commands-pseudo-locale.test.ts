import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { FlintrockEngine } from '../../../src/engine/flintrock.ts';
import type { Listing, ListingProblem } from '../../../src/extension/clusters/listing.ts';
import { registerCommands } from '../../../src/extension/register-commands.ts';
import { type Cluster, clusterStates } from '../../../src/model/cluster/cluster.ts';
import { ClusterError } from '../../../src/model/errors.ts';
import { aCluster, aNode } from '../../helpers/clusters.ts';
import { extensionServices } from '../../helpers/extension-services.ts';
import { ec2Plan } from '../../helpers/plans.ts';
import { pseudo, untranslated } from '../../helpers/pseudo-locale.ts';
import { commands, shown } from '../../helpers/vscode-stand-in.ts';

vi.mock('vscode', () => import('../../helpers/vscode-stand-in.ts'));

const lifetime = {
  action: 'stop' as const,
  idleTimeoutSeconds: 1800,
  maxLifetimeSeconds: 36_000,
  maxCost: null,
  costLeft: null,
  idleEndsAt: null,
  endsAt: '2126-05-04T14:00:00.000Z',
};
const clusters: readonly Cluster[] = clusterStates.flatMap((state) => [
  aCluster('busy', { state }),
  aCluster('demo', {
    ...{ state, provider: 'ec2', region: 'us-east-1', lifetime, tags: { team: 'search' } },
    workers: [aNode('worker-1', { instanceType: 'm5.large', market: 'spot' })],
  }),
]);
const finding = (fixable: boolean, fixed: boolean) => ({
  ...{ subject: 'demo', kind: 'leftover', message: '1', remedies: [], fixable, fixed },
});

const problem: ListingProblem = {
  where: 'EC2',
  code: 'AWS_CREDENTIALS_EXPIRED',
  message: '1',
  remedies: [],
  scope: { provider: 'ec2', region: undefined },
  profile: null,
  known: [],
};

/** What verbs give. Their own texts are the engine's, and not tried here. */
const results: Readonly<Record<string, readonly unknown[]>> = {
  authorize: [true, false].map((changed) => ({ changed, admitted: ['1.2.3.4/32'] })),
  repair: [true, false].map((changed) => ({ changed, replaced: ['worker-1'] })),
  extend: [{ lifetime }],
  install: [true, false].map((changed) => ({ changed })),
  doctor: [
    { ok: true, clusters: 1, findings: [] },
    { ok: false, clusters: 2, findings: [finding(true, false), finding(false, false)] },
  ],
  runCommand: [0, 1].map((exitCode) => ({ nodes: [{ node: 'master', exitCode }] })),
  copyFile: [{ nodes: [{ node: 'master' }] }],
  submit: [0, 1, null].map((exitCode) => ({ job: 'demo', exitCode, seconds: 1 })),
  describe: [{ clusters: [] }],
  choices: [[{ value: 'analytics' }]],
  planWorkers: [{ count: 1, type: 'm5.large', market: 'spot', price: null }],
  prepareLaunch: [
    { plan: ec2Plan, launch: () => Promise.resolve({ cluster: clusters[1], seconds: 1 }) },
  ],
  login: [{ kind: 'process', node: 'master', file: 'ssh', args: [], env: {}, cwd: null }],
  resume: [{ cluster: clusters[1] }],
  openPage: [{ addresses: () => Promise.resolve([]), closed: new Promise(() => undefined) }],
};

/** An engine whose verbs end at once: well, in one of their ways, or cancelled. */
function engineThat(ends: 'well' | 'cancelled', round: number): FlintrockEngine {
  return new Proxy(Object.create(null) as FlintrockEngine, {
    get: (_, verb) => {
      if (verb === 'then') return undefined;
      const ways = results[String(verb)] ?? [{}];
      return () =>
        ends === 'well'
          ? Promise.resolve(ways[round % ways.length])
          : Promise.reject(new ClusterError('ABORTED', '1'));
    },
  });
}

let listing: Listing;
let engine: FlintrockEngine;

describe('every command speaks the language of VS Code', () => {
  beforeAll(() => {
    shown.translate = pseudo;
    registerCommands(extensionServices({ engine: () => engine, listing: () => listing }));
  });

  /** What a command shows. */
  async function textsOf(id: string, argument?: unknown): Promise<readonly string[]> {
    shown.texts.length = 0;
    await commands.handlers.get(id)?.(argument, undefined);
    // Notifications are shown without being waited for.
    await new Promise((resolve) => setTimeout(resolve, 1));
    return [...shown.texts];
  }

  const register = new URL('../../../src/extension/register-commands.ts', import.meta.url);
  const ids = [...readFileSync(register, 'utf8').matchAll(/^ {2}'(flintrock\.[\w.]+)':/gm)].map(
    ([, id = '']) => id,
  );

  it.each(ids)('%s', async (id) => {
    const all: string[] = [];
    const check = async (argument?: unknown): Promise<void> => {
      const texts = await textsOf(id, argument);
      expect(untranslated(...texts)).toEqual([]);
      all.push(...texts);
    };
    engine = engineThat('cancelled', 0);
    listing = { clusters: [], problems: [problem], profile: undefined };
    await check();
    listing = { clusters: [], problems: [], profile: undefined };
    for (const answers of ['leaves', 'agrees'] as const) {
      shown.answers = answers;
      await check();
    }
    listing = { ...listing, clusters };
    for (const ends of ['cancelled', 'well'] as const)
      for (const round of [0, 1, 2]) {
        engine = engineThat(ends, round);
        await check();
        await check({ saved: { cluster: 'demo' } });
        for (const cluster of clusters) await check({ kind: 'cluster', id: cluster.name, cluster });
      }
    await check({ kind: 'problem', id: '1', problem });
    const silent = [
      'flintrock.clusters.refresh',
      'flintrock.configuration.edit',
      'flintrock.log.show',
    ];
    if (!silent.includes(id)) expect(all.length).toBeGreaterThan(0);
  });
});
