import { describe, expect, it } from 'vitest';
import { FlintrockEngine } from '../../../src/engine/flintrock.ts';
import { MemoryProvider } from '../../helpers/memory-provider.ts';
import { RecordingHost } from '../../helpers/recording-host.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

/** An engine whose clusters are in memory, and its clock, which a test moves. */
function engineWith(provider: MemoryProvider): {
  readonly engine: FlintrockEngine;
  readonly planner: RecordingHost;
  readonly pass: (ms: number) => void;
} {
  const clock = new VirtualClock();
  let passed = 0;
  const planner = new RecordingHost();
  const engine = new FlintrockEngine({
    host: planner,
    surroundings: {
      env: {},
      cwd: '/',
      home: '/home/user',
      platform: 'linux',
      clock: { now: () => clock.now() + passed, sleep: (ms, signal) => clock.sleep(ms, signal) },
    },
    providers: {
      local: { load: () => Promise.resolve(provider), isSetUp: () => Promise.resolve(true) },
    },
    configFile: undefined,
  });
  return { engine, planner, pass: (ms) => (passed += ms) };
}

describe('a launch that was planned first', () => {
  it('makes what its plan says, for the host that listens then', async () => {
    const provider = new MemoryProvider();
    const { engine, planner } = engineWith(provider);
    const { plan, launch } = await engine.prepareLaunch('demo', { values: { numWorkers: 3 } });
    expect([plan.ok, provider.clusters.size]).toEqual([true, 0]);
    const host = new RecordingHost();
    const { cluster } = await launch({ host });
    expect(cluster.workers).toHaveLength(3);
    expect(host.of('plan.ready')).toMatchObject([{ plan }]);
    expect(host.of('cluster.ready')).toHaveLength(1);
    expect(planner.of('plan.ready')).toEqual([]);
  });

  it('is refused with what is wrong', async () => {
    const provider = new MemoryProvider().add('demo');
    const { plan, launch } = await engineWith(provider).engine.prepareLaunch('demo');
    expect(plan.ok).toBe(false);
    await expect(launch()).rejects.toMatchObject({ code: 'CLUSTER_EXISTS' });
  });

  it('makes nothing if another price holds after a while, and says which', async () => {
    const provider = new MemoryProvider({ plannedPrice: 0.8 });
    const { engine, pass } = engineWith(provider);
    const { launch } = await engine.prepareLaunch('demo');
    provider.behaviour.plannedPrice = 1.2;
    pass(61_000);
    await expect(launch()).rejects.toMatchObject({
      code: 'PLAN_CHANGED',
      message: expect.stringContaining('the price per hour was 0.8 and is now 1.2') as string,
      details: { changes: [{ what: 'the price per hour', was: '0.8', is: '1.2' }] },
    });
    expect(provider.clusters.size).toBe(0);
  });

  it('goes ahead after a while if it would make the same, or the same for less', async () => {
    const provider = new MemoryProvider({ plannedPrice: 0.8 });
    const { engine, pass } = engineWith(provider);
    const { launch } = await engine.prepareLaunch('demo');
    provider.behaviour.plannedPrice = 0.7;
    pass(61_000);
    expect(await launch()).toMatchObject({ cluster: { state: 'running' } });
  });

  it('is stopped by the signal of that moment', async () => {
    const provider = new MemoryProvider();
    const { launch } = await engineWith(provider).engine.prepareLaunch('demo');
    const signal = AbortSignal.abort();
    await expect(launch({ signal })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(provider.clusters.size).toBe(0);
  });
});
