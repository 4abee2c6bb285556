import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FlintrockEngine } from '../../../src/engine/flintrock.ts';
import type { Listing } from '../../../src/extension/clusters/listing.ts';
import { cancelLaunch } from '../../../src/extension/commands/cancel-launch.ts';
import { Launches } from '../../../src/extension/launches/launches.ts';
import { resumeLaunches, resumeWithLog } from '../../../src/extension/launches/resume-launches.ts';
import type { Cluster } from '../../../src/model/cluster/cluster.ts';
import { abortError } from '../../../src/model/errors.ts';
import { aCluster } from '../../helpers/clusters.ts';
import { anEvent } from '../../helpers/events.ts';
import { extensionServices } from '../../helpers/extension-services.ts';
import { localPlan } from '../../helpers/plans.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { shown, windowState } from '../../helpers/vscode-stand-in.ts';

vi.mock('vscode', () => import('../../helpers/vscode-stand-in.ts'));

const question = 'The launch of "demo" was interrupted when its window closed.';
const asked = (): number => shown.texts.filter((text) => text === question).length;

/** An engine with some verbs only. */
function engineWith(verbs: object): FlintrockEngine {
  return verbs as unknown as FlintrockEngine;
}

beforeEach(() => {
  shown.texts.length = 0;
  shown.answers = 'leaves';
});

describe('a launch that another folder’s window began while this one was open', () => {
  const folder = temporaryFolder('launches');
  const alive = new Set([1, 2]);
  const isAlive = (pid: number): boolean => alive.has(pid);
  const memory = new Map<string, unknown>();
  let listing: Listing = { clusters: [], problems: [], profile: undefined };
  const services = extensionServices({
    engine: () => engineWith({}),
    listing: () => listing,
    launches: new Launches(folder, { pid: 2, window: 'two', isAlive }),
  });
  const watch = resumeLaunches({
    ...services,
    window: 'two',
    memory: {
      keys: () => [...memory.keys()],
      get: (key: string, otherwise?: unknown) => memory.get(key) ?? otherwise,
      update: (key: string, value: unknown) => Promise.resolve(void memory.set(key, value)),
    } as never,
  });
  it('is asked about once, when its window is gone', async () => {
    const other = new Launches(folder, { pid: 1, window: 'one', isAlive });
    const record = await other.begin('demo', new Date());
    record.add(anEvent('plan.ready', { plan: localPlan }));
    await other.written();
    const looks = vi.spyOn(services.launches, 'all');
    /** Waits until it has looked once more. */
    const look = async (because: () => unknown): Promise<void> => {
      const before = looks.mock.settledResults.length;
      await because();
      await vi.waitFor(() => expect(looks.mock.settledResults.length).toBeGreaterThan(before));
    };
    listing = { ...listing, clusters: [aCluster('demo', { state: 'launching' })] };
    await look(() => services.model.refresh());
    expect(asked()).toBe(0);
    alive.delete(1);
    windowState.fire({ focused: true });
    await vi.waitFor(() => expect(asked()).toBe(1));
    listing = { ...listing, clusters: [aCluster('demo', { state: 'half-launched' })] };
    await look(() => services.model.refresh());
    await look(() => windowState.fire({ focused: true }));
    expect(asked()).toBe(1);
    watch.dispose();
  });
});

describe('cancelling a resumed launch removes', () => {
  const ref = { name: 'demo', provider: 'ec2', region: 'us-east-1', vpcId: 'vpc-1' } as const;
  const unfinished = aCluster('demo', { ...ref, state: 'half-launched' });

  /** The clusters that are destroyed when a launch is cancelled that this window resumed. */
  async function removed(after: readonly Cluster[]): Promise<unknown[]> {
    const destroyed: unknown[] = [];
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const services = extensionServices({
      listing: () => ({ clusters: after, problems: [], profile: undefined }),
      engine: () =>
        engineWith({
          resume: (_: string, { signal }: { signal: AbortSignal }) => {
            begin();
            return new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(abortError(signal, 'resuming')));
            });
          },
          destroy: (name: string, { values }: { values: object }) => {
            destroyed.push({ name, ...values });
            return Promise.resolve({});
          },
        }),
    });
    const record = await services.launches.begin('demo', new Date());
    const resumed = resumeWithLog(services, record, ref);
    await begun;
    shown.answers = 'agrees';
    await cancelLaunch(services, 'demo');
    await resumed;
    return destroyed;
  }

  it('it where it is', async () => {
    expect(await removed([unfinished])).toEqual([
      {
        ...{ name: 'demo', provider: 'ec2', ec2Region: 'us-east-1', ec2Regions: [] },
        ec2VpcId: 'vpc-1',
      },
    ]);
  });

  it.each<[string, Partial<Cluster>]>([
    ['in another region', { region: 'eu-west-1' }],
    ['in another VPC', { vpcId: 'vpc-2' }],
    ['of another provider', { provider: 'local' }],
    ['that was ready before', { state: 'running' }],
    ['that is only stopped', { state: 'stopped' }],
  ])('none of its name %s', async (_, other) => {
    expect(await removed([{ ...unfinished, ...other }])).toEqual([]);
  });
});
