import type { WorkContext } from '../../../engine/provider.ts';
import type { GrowthPlan } from '../../../model/plan.ts';
import type { Aws } from '../api/aws.ts';
import type { Ec2Cluster } from '../inventory/observe.ts';
import type { WorkerTemplate } from '../resize/worker-template.ts';
import { priceOf } from './prices.ts';

/** What a growth would make first, and what that costs: as the launch recorded it, whatever kinds the cluster's nodes are by now. */
export async function planEc2Workers(
  { instances }: Ec2Cluster,
  count: number,
  { kinds: [kind], place, record: { spec } }: WorkerTemplate,
  aws: Aws,
  context: WorkContext,
): Promise<GrowthPlan> {
  const price = await priceOf(
    aws,
    {
      kinds: [{ ...kind, count }],
      zone: place.zone,
      tenancy: spec.tenancy,
      spotPrice: context.values.ec2SpotPrice,
      volumes: spec.volumes,
      // New nodes are in the launch's subnet, which gives addresses to all or to none.
      publicAddresses: instances.some(({ PublicIpAddress }) => PublicIpAddress !== undefined),
    },
    context,
  );
  return { count, type: kind.instanceType, market: kind.market, price };
}
