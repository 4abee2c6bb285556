import { describe, expect, it } from 'vitest';
import { profilesIn } from '../../../src/extension/aws-profiles.ts';
import { splitArguments } from '../../../src/extension/commands/split-arguments.ts';
import { Launches } from '../../../src/extension/launches.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

describe('the profiles of AWS’s files', () => {
  it('are their sections, but for those of single sign-on', () =>
    expect(
      profilesIn('[default]\nregion = x\n[profile dev]\n[dev]\n[sso-session corp]\n  [ prod ]\n'),
    ).toEqual(['default', 'dev', 'prod']));
});

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
    if (seen !== undefined) await theirs.lookAgain(seen);
    expect([seen?.events.length, changes]).toEqual([2, 1]);
    alive = false;
    if (seen !== undefined) await theirs.lookAgain(seen);
    expect([seen?.end?.status, changes]).toEqual(['interrupted', 2]);
  });
});

describe('a job’s arguments', () => {
  it('are split at spaces, but not those in quotes', () =>
    expect(splitArguments('a  "b c" \'d e\' --x=1')).toEqual(['a', 'b c', 'd e', '--x=1']));
});
