import { durationText } from '../base/duration.ts';

/** A duration: `43 s`, `2 min 10 s`, `8 h`. */
export function formatDuration(seconds: number): string {
  return durationText(seconds);
}

/** A duration that was measured: with a tenth of a second where that matters: `0.4 s`, `2 min 5 s`. */
export function formatMeasuredDuration(seconds: number): string {
  return seconds < 9.95 ? `${Math.max(0, seconds).toFixed(1)} s` : durationText(seconds);
}

/** The time left, or since then, as precisely as it matters: `40 s`, `22 min`, `7 h 10 min`, `3 d 2 h`. */
export function formatApproximateDuration(seconds: number): string {
  const step = seconds < 120 ? 1 : seconds < 86_400 ? 60 : 3600;
  return durationText(Math.floor(seconds / step) * step);
}
