import type { Plan, PlannedNodes } from '../../src/model/plan.ts';
import { formatPlace } from '../../src/text/places.ts';
import {
  formatPlannedDownload,
  formatPlannedNodes,
  formatPlanPrice,
  formatPriceParts,
  formatSoftware,
} from '../../src/text/plans.ts';

/** What the form shows of a plan. */
export interface PlanFacts {
  readonly rows: readonly (readonly [label: string, value: string])[];
  readonly price: string;
  /** What the price is made of, a line each. */
  readonly priceParts: readonly string[];
}

/** What a launch would be and cost. */
export function planFacts(plan: Plan): PlanFacts {
  const download = formatPlannedDownload(plan);
  return {
    rows: [
      ['Location', formatPlace(plan)],
      ...plan.nodes.map((nodes) => [nodesLabel(nodes), formatPlannedNodes(nodes)] as const),
      ['Software', plan.software.map(formatSoftware).join(', ')],
      ...(download === '' ? [] : [['Download', download] as const]),
    ],
    price: formatPlanPrice(plan),
    priceParts: formatPriceParts(plan),
  };
}

function nodesLabel({ role, count }: PlannedNodes): string {
  if (role === 'master') return 'Master';
  return count === 1 ? 'Worker' : 'Workers';
}
