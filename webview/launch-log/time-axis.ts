const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600] as const;

/** A scale of time: how long it is, and where its marks stand; all in seconds. */
export interface TimeAxis {
  readonly length: number;
  readonly marks: readonly number[];
}

/** The scale on which `seconds` have room: few marks, and it grows in steps, so that lanes don't shrink all the time. */
export function timeAxis(seconds: number): TimeAxis {
  const step = steps.find((one) => one * 5 >= seconds) ?? Math.ceil(seconds / 5 / 3600) * 3600;
  const count = Math.max(2, Math.ceil(seconds / step));
  return { length: step * count, marks: Array.from({ length: count + 1 }, (_, at) => at * step) };
}

/** A mark's text: `0 s`, `15 s`, `2 min`. */
export function markText(seconds: number): string {
  if (seconds < 120 && seconds % 60 !== 0) return `${seconds} s`;
  if (seconds === 0) return '0 s';
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : `${Number((seconds / 60).toFixed(1))} min`;
}

/** How long something goes on: `43 s`, `2 min 05 s`. */
export function elapsedText(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
