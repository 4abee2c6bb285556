import { formatDuration } from '../../src/text/durations.ts';
import { element } from './element.ts';
import type { TimeAxis } from './time-axis.ts';

/** The marks of an axis of time. */
export function axisMarks(axis: TimeAxis): HTMLElement[] {
  return axis.marks.map((mark) => {
    const text = element('span', {}, formatDuration(mark));
    text.style.left = `${(100 * mark) / axis.length}%`;
    return text;
  });
}
