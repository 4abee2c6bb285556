import type { CoreTimeline } from '../../src/model/history/application.ts';
import type { TimeAxis } from '../shared/time-axis.ts';
import { areaPath, chartHeight, chartWidth } from './area-path.ts';

const namespace = 'http://www.w3.org/2000/svg';

/** The picture of the cores over time: those that the application held, and of them those that were busy. */
export function coreChart(
  timeline: CoreTimeline,
  axis: TimeAxis,
  mostCores: number,
  label: string,
): SVGElement {
  const chart = svg('svg', {
    viewBox: `0 0 ${chartWidth} ${chartHeight}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': label,
  });
  for (const [name, values] of [
    ['held', timeline.held],
    ['busy', timeline.busy],
  ] as const)
    chart.append(
      svg('path', { class: name, d: areaPath(values, timeline.stepMs / 1000, axis, mostCores) }),
    );
  return chart;
}

function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(namespace, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
