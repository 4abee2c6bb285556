import { describe, expect, it } from 'vitest';
import { FlintrockEngine } from '../../../src/engine/flintrock.ts';
import { type Host, type QuestionCode, silentHost } from '../../../src/model/host.ts';
import { MemoryProvider } from '../../helpers/memory-provider.ts';
import { RecordingHost } from '../../helpers/recording-host.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

function engineWith(host: Host, provider: MemoryProvider): FlintrockEngine {
  return new FlintrockEngine({
    host,
    surroundings: {
      env: {},
      cwd: '/',
      home: '/home/user',
      platform: 'linux',
      clock: new VirtualClock(),
    },
    providers: {
      local: { load: () => Promise.resolve(provider), isSetUp: () => Promise.resolve(true) },
    },
    configFile: undefined,
  });
}

type Verb = (engine: FlintrockEngine) => Promise<unknown>;

const confirmed: readonly (readonly [QuestionCode, Verb])[] = [
  ['stop.confirm', (engine) => engine.stop('demo')],
  ['removeWorkers.confirm', (engine) => engine.removeWorkers('demo', 1)],
  ['destroy.confirm', (engine) => engine.destroy('demo')],
];

describe.each(confirmed)('%s', (code, verb) => {
  it('is asked once, and no ends the verb before it has done anything', async () => {
    const provider = new MemoryProvider().add('demo', 2);
    const before = structuredClone(provider.clusters.get('demo')?.cluster);
    const host = new RecordingHost({ [code]: false });
    await expect(verb(engineWith(host, provider))).rejects.toMatchObject({
      code: 'ABORTED',
      details: { declined: code },
    });
    expect(host.questions).toMatchObject([{ code, cluster: 'demo' }]);
    expect(provider.clusters.get('demo')?.cluster).toEqual(before);
    expect(host.of('verb.started')).toEqual([]);
  });

  it('is answered by the call itself where nobody can be asked', async () => {
    const provider = new MemoryProvider().add('demo', 2);
    const before = structuredClone(provider.clusters.get('demo')?.cluster);
    await verb(engineWith(silentHost, provider));
    expect(provider.clusters.get('demo')?.cluster).not.toEqual(before);
  });

  it('is not asked about a cluster that isn’t there', async () => {
    const host = new RecordingHost();
    await expect(verb(engineWith(host, new MemoryProvider()))).rejects.toMatchObject({
      code: 'CLUSTER_NOT_FOUND',
      details: { name: 'demo' },
    });
    expect(host.questions).toEqual([]);
  });
});

it('a verb that only adds or brings back asks nothing', async () => {
  const provider = new MemoryProvider().add('demo', 2);
  await engineWith(silentHost, provider).stop('demo');
  const host = new RecordingHost();
  const engine = engineWith(host, provider);
  await engine.start('demo');
  await engine.addWorkers('demo', 1);
  await engine.repair('demo');
  await engine.launch('other');
  expect(host.questions).toEqual([]);
});
