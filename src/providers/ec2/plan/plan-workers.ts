import type { GrowthPlan } from '../../../model/plan.ts';
import type { Ec2Session } from '../api/session.ts';
import type { Ec2Cluster } from '../inventory/observe.ts';
import type { WorkerTemplate } from '../resize/worker-template.ts';
import { priceOf } from './prices.ts';

/** What a growth would make first, and what that costs: as the launch recorded it, whatever kinds the cluster's nodes are by now. */
export async function planEc2Workers(
  { instances }: Ec2Cluster,
  count: number,
  { kinds: [kind], place, record: { spec } }: WorkerTemplate,
  session: Ec2Session,
): Promise<GrowthPlan> {
  const price = await priceOf(
    {
      kinds: [{ ...kind, count }],
      zone: place.zone,
      tenancy: spec.tenancy,
      spotPrice: session.values.ec2SpotPrice,
      volumes: spec.volumes,
      // New nodes are in the launch's subnet, which gives addresses to all or to none.
      publicAddresses: instances.some(({ PublicIpAddress }) => PublicIpAddress !== undefined),
    },
    session,
  );
  return { count, type: kind.instanceType, market: kind.market, price };
}
