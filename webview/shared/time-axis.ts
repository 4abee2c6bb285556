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
