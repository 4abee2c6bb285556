import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, errorOf, type Person } from '../helpers/ec2/account.ts';
import { beginning, ending, logText, stage } from '../helpers/event-logs.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';

const ec2 = { values: { provider: 'ec2' } } as const;
const events = '/var/lib/spark/events';
const log = logText([...beginning(), ...stage(0, 10, 20, [{ from: 10, seconds: 10 }]), ending(21)]);

describe('event logs of a cluster on EC2', () => {
  inSteps();
  const host = new RecordingHost();
  let account: Account;
  let person: Person;
  beforeAll(async () => {
    account = await Account.open();
    await account.reset();
    person = account.person();
    for (const name of ['past', 'rest'])
      await person.open().launch(name, { values: person.values({ numWorkers: 1 }) });
  });
  afterAll(() => account.reset());

  const onMaster = async (name: string, command: string): Promise<void> => {
    const options = { ...ec2, masterOnly: true };
    const { nodes } = await person.open().runCommand(name, command, options);
    expect(nodes[0]?.exitCode).toBe(0);
  };
  const write = (path: string, text: string): string =>
    `mkdir -p "$(dirname ${path})" && cat >${path} <<'END'\n${text}END`;

  it('are explained over SSH, with what the application cost', async () => {
    const error = await errorOf(person.open().explain('past', ec2));
    expect(error.code).toBe('APPLICATION_NOT_FOUND');
    const folder = `${events}/eventlog_v2_app-1`;
    await onMaster('past', write(`${folder}/events_1_app-1`, log));
    await onMaster('past', `touch ${folder}/appstatus_app-1`);
    const { findings, use, applications } = await person.open().explain('past', ec2);
    expect(applications).toEqual(['app-1']);
    expect(findings).toMatchObject([{ kind: 'idle-cores', lostMs: 7500 }]);
    const [cluster] = (await person.open().describe('past', ec2)).clusters;
    expect(use.isFree).toBe(false);
    expect(use.dollars).toBeCloseTo(((cluster?.pricePerHour ?? 0) * 21) / 3600, 6);
    expect(use.dollars).toBeGreaterThan(0);
  });

  it('are no other files of the node, whatever a job puts there', async () => {
    await onMaster(
      'past',
      [
        `ln -s ~/.ssh/authorized_keys ${events}/app-2`,
        `ln -s / ${events}/eventlog_v2_app-3`,
        `mkdir ${events}/eventlog_v2_app-4 && ln -s ~/.bashrc ${events}/eventlog_v2_app-4/events_1_app-4`,
        `echo x >"${events}/..\\\\..\\\\x" && echo x >${events}/.hidden && echo x >"${events}/$(printf 'a\\033b')"`,
      ].join(' && '),
    );
    expect((await person.open().explain('past', ec2)).applications).toEqual(['app-1']);
  });

  it('come home when it is destroyed; those that can’t be read are named', async () => {
    await onMaster('past', write(`${events}/app-5`, log));
    await onMaster(
      'past',
      `sudo -n chown root ${events}/app-5 && sudo -n chmod 600 ${events}/app-5`,
    );
    const { history } = await person.open(host).destroy('past', ec2);
    expect(history).toMatchObject({ applications: 1 });
    expect(host.of('warning').map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^The event logs of 1 of 2 applications of "past" could not be saved: .*app-5/,
      ),
    ]);
    expect(readdirSync(history?.folder ?? '', { recursive: true })).toEqual(
      expect.arrayContaining(['eventlog_v2_app-1', join('eventlog_v2_app-1', 'events_1_app-1')]),
    );
    expect(readdirSync(history?.folder ?? '')).toHaveLength(1);
    const { findings, use, savedAt } = await person.open().explain('past', ec2);
    expect(findings).toMatchObject([{ kind: 'idle-cores' }]);
    expect(use.dollars).toBeGreaterThan(0);
    expect(savedAt).not.toBeNull();
  });

  it('are lost with a cluster that is stopped, and its question says so', async () => {
    await person.open().stop('rest', ec2);
    const error = await errorOf(person.open().explain('rest', ec2));
    expect(error.code).toBe('CLUSTER_STATE_UNFIT');
    const asked = new RecordingHost();
    const { history } = await person.open(asked).destroy('rest', ec2);
    expect(history).toBeNull();
    expect(asked.questions.map(({ message }) => message)[0]).toContain('event logs');
    expect(asked.of('warning')).toEqual([]);
  });
});
