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
    const launches = new Launches(folder);
    const first = await launches.begin('demo', new Date('2026-05-04T09:50:00Z'));
    first.add(event);
    first.finish({ status: 'ready', time: event.time, error: null });
    const second = await launches.begin('demo', new Date('2026-05-04T10:50:00Z'));
    second.add(event);
    await launches.written();
    const later = new Launches(folder);
    const all = await later.all();
    expect(all.map(({ header, events, end }) => [header.id, events.length, end?.status])).toEqual([
      [second.header.id, 1, 'interrupted'],
      [first.header.id, 1, 'ready'],
    ]);
    expect((await later.latest('demo'))?.header.id).toBe(second.header.id);
  });
});

describe('a job’s arguments', () => {
  it('are split at spaces, but not those in quotes', () =>
    expect(splitArguments('a  "b c" \'d e\' --x=1')).toEqual(['a', 'b c', 'd e', '--x=1']));
});
