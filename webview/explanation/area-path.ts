import type { TimeAxis } from '../shared/time-axis.ts';

/** The picture's own units: it is as wide as its place. */
export const chartWidth = 1000;
export const chartHeight = 120;

/** The outline of values over time, each of which lasts a step, down to the ground. */
export function areaPath(
  values: readonly number[],
  stepSeconds: number,
  axis: TimeAxis,
  most: number,
): string {
  const x = (step: number): string =>
    ((Math.min(step * stepSeconds, axis.length) / axis.length) * chartWidth).toFixed(1);
  const y = (value: number): string =>
    (chartHeight - (Math.min(value, most) / Math.max(most, 1)) * chartHeight).toFixed(1);
  const tops = values.flatMap((value, step) => [
    `${x(step)} ${y(value)}`,
    `${x(step + 1)} ${y(value)}`,
  ]);
  if (tops.length === 0) return '';
  return `M0 ${chartHeight} L${tops.join(' L')} L${x(values.length)} ${chartHeight} Z`;
}
