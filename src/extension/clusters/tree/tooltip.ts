import { type Cluster, nodesOf } from '../../../model/cluster/cluster.ts';
import type { ClusterLifetime } from '../../../model/cluster/lifetime.ts';
import { formatBlocks, formatWorkerResources } from '../../../text/clusters.ts';
import { formatCount } from '../../../text/counts.ts';
import { formatLifetimeEnd, formatLifetimeLabel } from '../../../text/lifetimes.ts';
import { formatHourlyPrice } from '../../../text/money.ts';
import { formatPlace } from '../../../text/places.ts';
import { formatSoftware } from '../../../text/plans.ts';
import { formatState } from '../../../text/states.ts';
import { english, type Translate } from '../../../text/translate.ts';
import type { HoverText } from '../../ui/plain.ts';

/** When a cluster ends by itself: how long that is, and by the clock. */
function endText(lifetime: ClusterLifetime, translate: Translate): string {
  const text = formatLifetimeEnd(lifetime, Date.now(), translate);
  const { endsAt } = lifetime;
  return endsAt === null ? text : `${text} (${new Date(endsAt).toLocaleString()})`;
}

/** All that is known of a cluster, for the hover of its row. */
export function clusterHover(cluster: Cluster, translate: Translate = english): HoverText {
  const { name, state, reason, workers, services, tags, launchedAt } = cluster;
  const { pricePerHour = null, lifetime = null, foreign = [] } = cluster;
  const rows: readonly (readonly [string, string | null])[] = [
    [translate('Location'), formatPlace(cluster, translate)],
    ['VPC', cluster.vpcId ?? null],
    [
      translate('Nodes'),
      [
        formatCount(nodesOf(cluster).length, 'node', translate),
        formatCount(workers.length, 'worker', translate),
      ].join(', '),
    ],
    [translate('Worker resources'), formatWorkerResources(cluster, translate) || null],
    [translate('Software'), services.map(formatSoftware).join(', ') || null],
    ...services.flatMap(({ blocks }) =>
      blocks === undefined ? [] : [['HDFS', formatBlocks(blocks, translate)] as const],
    ),
    [translate('Price'), pricePerHour === null ? null : formatHourlyPrice(pricePerHour)],
    ...(lifetime === null
      ? []
      : [[formatLifetimeLabel(lifetime, translate), endText(lifetime, translate)] as const]),
    [
      translate('Foreign instances'),
      foreign.map(({ id, state, reason }) => `${id} (${state}): ${reason}`).join('; ') || null,
    ],
    [translate('Launched'), launchedAt === null ? null : new Date(launchedAt).toLocaleString()],
    ...Object.entries(tags).map(([key, value]) => [key, value] as const),
  ];
  return {
    heading: `${name} · ${formatState(state, translate)}`,
    notes: reason === null ? [] : [`⚠ ${reason}`],
    rows: rows.flatMap(([label, value]) => (value === null ? [] : [[label, value] as const])),
  };
}
