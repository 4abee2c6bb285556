import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PartialValues } from '../../src/index.ts';
import { Account, errorOf, isTrial, type Person } from '../helpers/ec2/account.ts';
import { hintOf } from '../helpers/ec2/hints.ts';
import { policyFaults } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import type { LabCall } from '../lab/lab.ts';

let account: Account;
let person: Person;
beforeAll(async () => {
  account = await Account.open();
});
afterAll(() => account.reset());

/** What RunInstances was asked for, in earnest. */
async function requests(): Promise<LabCall[]> {
  return (await account.calls()).filter((call) => call.action === 'RunInstances' && !isTrial(call));
}

function kindOf({ params }: LabCall): string {
  const market = params['InstanceMarketOptions.MarketType'] === 'spot' ? 'spot' : 'on-demand';
  return `${String(params['MaxCount'])} × ${String(params['InstanceType'])} ${market}`;
}

describe(
  'a cluster of a master on demand and spot workers of another type',
  { timeout: 300_000 },
  () => {
    const values: PartialValues = {
      provider: 'ec2',
      numWorkers: 2,
      ec2InstanceType: 'r5.large',
      ec2MasterInstanceType: 'm5.large',
      ec2Spot: 'workers',
    };
    beforeAll(async () => {
      await account.reset();
      person = account.person();
    });

    it('is planned with both kinds and their prices', async () => {
      await account.lab.prices({ spot: { 'r5.large': 0.05 } });
      const plan = await person.open().plan('mixed', { values });
      expect(plan).toMatchObject({ ok: true, problems: [] });
      expect(plan.nodes).toMatchObject([
        { role: 'master', count: 1, type: 'm5.large', market: 'on-demand' },
        { role: 'worker', count: 2, type: 'r5.large', market: 'spot', memoryMiB: 16_384 },
      ]);
      expect(plan.price?.parts.slice(0, 2)).toEqual([
        { name: '1 × m5.large', perHour: 0.096 },
        { name: '2 × r5.large, spot', perHour: 0.1 },
      ]);
      expect(plan.changes.join('\n')).toContain('the master first, because it differs');
    });

    it('is launched by two requests, in one zone', async () => {
      const { cluster } = await person.open().launch('mixed', { values });
      expect(cluster.master).toMatchObject({ instanceType: 'm5.large', market: 'on-demand' });
      expect(cluster.workers.map(({ instanceType, market }) => [instanceType, market])).toEqual([
        ['r5.large', 'spot'],
        ['r5.large', 'spot'],
      ]);
      expect((await requests()).map(kindOf)).toEqual([
        '1 × m5.large on-demand',
        '2 × r5.large spot',
      ]);
      const subnets = (await requests()).map(({ params }) => params['SubnetId']);
      expect(new Set(subnets).size).toBe(1);
      expect(policyFaults(await account.calls())).toEqual([]);
      const { clusters } = await person.open().describe(undefined, { values: { provider: 'ec2' } });
      // As the plan said it: with disks and addresses.
      const { price } = await person.open().plan('other', { values });
      expect(price?.perHour).toBeGreaterThan(0.096 + 2 * 0.05);
      expect(clusters[0]?.pricePerHour).toBeCloseTo(price?.perHour ?? 0, 6);
      const priceOfOne = async (): Promise<number | null | undefined> =>
        (await person.open().describe('mixed')).clusters[0]?.pricePerHour;
      expect(await priceOfOne()).toBeCloseTo(price?.perHour ?? 0, 6);
      await account.lab.faults([
        { action: 'GetProducts', code: 'AccessDeniedException', times: null },
      ]);
      expect(await priceOfOne()).toBeNull();
      await account.lab.clearFaults();
    });

    it('says what more of them would cost, though its nodes are of two kinds', async () => {
      await account.lab.resetCalls();
      const { price, ...workers } = await person.open().planWorkers('mixed', 2);
      expect(workers).toEqual({ count: 2, type: 'r5.large', market: 'spot' });
      expect(price?.parts.map(({ name }) => name)).toEqual([
        '2 × r5.large, spot',
        expect.stringMatching(/^2 × \d+ GiB gp3$/),
        '2 × public IPv4 address',
      ]);
      expect(price?.parts[0]?.perHour).toBeCloseTo(0.1, 6);
      const onDemand = { values: { ec2Spot: 'none' as const } };
      expect(await person.open().planWorkers('mixed', 1, onDemand)).toMatchObject({
        market: 'on-demand',
        price: { parts: [{ name: '1 × r5.large', perHour: 0.126 }, {}, {}] },
      });
      await account.lab.faults([
        { action: 'GetProducts', code: 'AccessDeniedException', times: null },
      ]);
      expect(await person.open().planWorkers('mixed', 1)).toMatchObject({ price: null });
      await account.lab.clearFaults();
      expect(await account.changes()).toEqual([]);
    });

    it('grows by more of its workers’ kind', async () => {
      await account.lab.resetCalls();
      const { added } = await person.open().addWorkers('mixed', 1);
      expect(added).toEqual(['worker-3']);
      expect((await requests()).map(kindOf)).toEqual(['1 × r5.large spot']);
    });

    it('is stopped without its spot workers, if they may go, and starts with what is left', async () => {
      const refused = new RecordingHost();
      const error = await errorOf(person.open(refused).stop('mixed'), 'CLUSTER_STATE_UNFIT');
      expect(refused.questions.map(({ code }) => code)).toEqual([
        'stop.confirm',
        'stop.dropSpotWorkers',
      ]);
      expect(hintOf(error)).toContain('--drop-spot-workers');
      expect(await account.instances('mixed')).toHaveLength(4);

      const asked = new RecordingHost({ 'stop.dropSpotWorkers': true });
      const stopped = await person.open(asked).stop('mixed');
      expect(stopped).toMatchObject({ changed: true, cluster: { state: 'stopped', workers: [] } });
      expect(await account.instances('mixed')).toMatchObject([{ InstanceType: 'm5.large' }]);

      const host = new RecordingHost();
      await person.open(host).start('mixed');
      expect(host.of('warning').map(({ message }) => message)).toEqual([
        'Cluster "mixed" starts with 0 workers, because 3 Spot workers were terminated when it was stopped.',
      ]);
      const { clusters } = await person.open().describe('mixed');
      expect(clusters[0]).toMatchObject({ state: 'running', reason: null, workers: [] });
      // What its workers were is still known.
      await account.lab.resetCalls();
      await person.open().addWorkers('mixed', 1);
      expect((await requests()).map(kindOf)).toEqual(['1 × r5.large spot']);
      await person.open().stop('mixed', { dropSpotWorkers: true });
      expect(policyFaults(await account.calls())).toEqual([]);
      await person.open().destroy('mixed');
      expect(await account.belongings()).toEqual([]);
    });
  },
);
