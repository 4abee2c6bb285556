import type { Plan, PlannedNodes } from '../../src/model/plan.ts';
import { formatPlace } from '../../src/text/places.ts';
import {
  formatPlannedDownload,
  formatPlannedNodes,
  formatPlanPrice,
  formatPriceParts,
  formatScratch,
  formatSoftware,
  formatWorkerOffer,
} from '../../src/text/plans.ts';
import { english, type Translate } from '../../src/text/translate.ts';

/** What the form shows of a plan. */
export interface PlanFacts {
  readonly rows: readonly (readonly [label: string, value: string])[];
  readonly price: string;
  /** What the price is made of, a line each. */
  readonly priceParts: readonly string[];
}

/** What a launch would be and cost. */
export function planFacts(plan: Plan, translate: Translate = english): PlanFacts {
  const download = formatPlannedDownload(plan, translate);
  return {
    rows: [
      [translate('Location'), formatPlace(plan, translate)],
      ...plan.nodes.map(
        (nodes) => [nodesLabel(nodes, translate), formatPlannedNodes(nodes, translate)] as const,
      ),
      ...offerRows(plan, translate),
      [translate('Software'), plan.software.map(formatSoftware).join(', ')],
      ...(download === '' ? [] : [[translate('Download'), download] as const]),
    ],
    price: formatPlanPrice(plan, translate),
    priceParts: formatPriceParts(plan),
  };
}

/** What workers offer to Spark, as far as it is known. */
function offerRows(
  { nodes }: Plan,
  translate: Translate,
): (readonly [label: string, value: string])[] {
  const workers = nodes.filter(({ role }) => role === 'worker');
  return workers.flatMap((one) => {
    const [offer, scratch] = [formatWorkerOffer(one, translate), formatScratch(one, translate)];
    return [
      ...(offer === '' ? [] : [[translate('For Spark'), offer] as const]),
      ...(scratch === '' ? [] : [[translate('Scratch disks'), scratch] as const]),
    ];
  });
}

function nodesLabel({ role, count }: PlannedNodes, translate: Translate): string {
  if (role === 'master') return translate('Master');
  return count === 1 ? translate('Worker') : translate('Workers');
}
