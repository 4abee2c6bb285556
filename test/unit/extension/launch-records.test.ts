import { describe, expect, it } from 'vitest';
import { Launches } from '../../../src/extension/launches/launches.ts';
import { splitArguments } from '../../../src/extension/ui/split-arguments.ts';
import { aCluster } from '../../helpers/clusters.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

describe('the logs of launches', () => {
  const event = {
    code: 'waiting',
    reason: '2 of 3 workers',
    time: '2026-05-04T09:50:01.000Z',
    cluster: 'demo',
    provider: 'local',
  } as const;

  it('outlive the window; one without an end is of a window that was closed', async () => {
    const folder = temporaryFolder('launches');
    const launches = new Launches(folder, { pid: 1, isAlive: () => false });
    const first = await launches.begin('demo', new Date('2026-05-04T09:50:00Z'));
    first.add(event);
    first.finish({ status: 'ready', time: event.time, error: null });
    const second = await launches.begin('demo', new Date('2026-05-04T10:50:00Z'));
    second.add(event);
    await launches.written();
    const later = new Launches(folder, { pid: 2, isAlive: () => false });
    const all = await later.all();
    expect(all.map(({ header, events, end }) => [header.id, events.length, end?.status])).toEqual([
      [second.header.id, 1, 'interrupted'],
      [first.header.id, 1, 'ready'],
    ]);
    expect((await later.latest('demo'))?.header.id).toBe(second.header.id);
  });

  it('are followed by other windows as long as theirs is there', async () => {
    const folder = temporaryFolder('launches');
    let alive = true;
    const ours = new Launches(folder, { pid: 1, isAlive: () => true });
    const record = await ours.begin('demo', new Date('2026-05-04T09:50:00Z'));
    record.add(event);
    await ours.written();
    const theirs = new Launches(folder, { pid: 2, isAlive: () => alive });
    const seen = await theirs.latest('demo');
    expect([seen?.end, seen?.isOurs, seen?.events.length]).toEqual([null, false, 1]);
    let changes = 0;
    seen?.listen(() => (changes += 1));
    record.add({ ...event, reason: '1 of 3 workers' });
    await ours.written();
    if (seen !== undefined) await theirs.reload(seen);
    expect([seen?.events.length, changes]).toEqual([2, 1]);
    alive = false;
    if (seen !== undefined) await theirs.reload(seen);
    expect([seen?.end?.status, changes]).toEqual(['interrupted', 2]);
  });
});

describe('a launch whose window is gone', () => {
  const plan = { code: 'waiting', reason: 'x', time: '2026-05-04T09:50:01.000Z' } as const;
  const event = { ...plan, cluster: 'demo', provider: 'local' } as const;

  /** A folder with the log of a launch by process 1, which is dead. */
  async function interruptedLaunch(): Promise<string> {
    const folder = temporaryFolder('launches');
    const first = new Launches(folder, { pid: 1, window: 'folder', isAlive: () => true });
    (await first.begin('demo', new Date('2026-05-04T09:50:00Z'))).add(event);
    await first.written();
    return folder;
  }
  const isAlive = (pid: number): boolean => pid !== 1;

  it('is gone on with by one window only, and followed by the others', async () => {
    const folder = await interruptedLaunch();
    const [one, two] = [2, 3].map(
      (pid) => new Launches(folder, { pid, window: 'folder', isAlive }),
    );
    const [a, b] = [await one?.latest('demo'), await two?.latest('demo')];
    if (a === undefined || b === undefined) throw new Error('there is no record');
    expect([a.window, a.end?.status, a.isOurs]).toEqual(['folder', 'interrupted', false]);
    const taken = [await one?.takeOver(a), await two?.takeOver(b)];
    expect(taken).toEqual([true, false]);
    expect([a.isOurs, a.end, b.isOurs, b.end]).toEqual([true, null, false, null]);
    a.add({ ...event, reason: 'y' });
    a.finish({ status: 'ready', time: event.time, error: null });
    await one?.written();
    await two?.reload(b);
    expect([b.end?.status, b.events.length]).toEqual(['ready', 2]);
  });

  it('stays over once it is written down how it ended', async () => {
    const folder = await interruptedLaunch();
    const launches = new Launches(folder, { pid: 2, isAlive });
    const record = await launches.latest('demo');
    if (record === undefined) throw new Error('there is no record');
    launches.conclude(record, { status: 'interrupted', time: event.time, error: null });
    await launches.written();
    const later = await new Launches(folder, { pid: 4, isAlive }).latest('demo');
    expect(later?.end).toEqual({ status: 'interrupted', time: event.time, error: null });
  });

  it('can be gone on with where it was only watched', async () => {
    const launches = new Launches(temporaryFolder('launches'), { pid: 2, isAlive });
    const record = await launches.watch('demo', new Date('2026-05-04T09:50:00Z'));
    record.finish({ status: 'interrupted', time: event.time, error: null });
    expect([await launches.takeOver(record), record.isOurs, record.end]).toEqual([
      true,
      true,
      null,
    ]);
  });

  it('tells nothing of how long a launch usually takes once it was gone on with', async () => {
    const launches = new Launches(temporaryFolder('launches'), { pid: 2, isAlive });
    const { time, cluster, provider } = event;
    const about = { time, cluster, provider };
    for (const [seconds, verb] of [
      [20, 'launch'],
      [300, 'resume'],
    ] as const) {
      const record = await launches.begin('demo', new Date('2026-05-04T09:00:00Z'));
      record.add({ code: 'verb.started', verb, nodes: [], ...about });
      record.add({ code: 'cluster.ready', ready: aCluster('demo'), seconds, ...about });
    }
    const next = await launches.begin('demo', new Date('2026-05-04T09:50:00Z'));
    expect(next.header.usualSeconds).toBe(20);
  });

  it('is seen by a window that was open before it began', async () => {
    const folder = temporaryFolder('launches');
    const early = new Launches(folder, { pid: 2, isAlive });
    expect(await early.all()).toEqual([]);
    const other = new Launches(folder, { pid: 3, isAlive });
    await other.begin('demo', new Date('2026-05-04T09:50:00Z'));
    await other.written();
    expect((await early.latest('demo'))?.end).toBe(null);
  });
});

describe('a job’s arguments', () => {
  it('are split at spaces, but not those in quotes', () =>
    expect(splitArguments('a  "b c" \'d e\' --x=1')).toEqual(['a', 'b c', 'd e', '--x=1']));
});
