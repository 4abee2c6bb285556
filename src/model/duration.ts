/** Seconds of each unit, by the words that people write for it. */
const units: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86_400,
};

/** What {@link parseDuration} reads, as a pattern: `30 min`, `2 h`, `1d`, `90s`, `1 h 30 min`. */
export const durationPattern = /^\d{1,7} ?(?:s|sec|m|min|h|d)(?: ?\d{1,7} ?(?:s|sec|m|min|h|d))*$/;

/** A duration in seconds, from text such as `30 min`, `2 h`, `1d`, `1 h 30 min`; `undefined` if it is none, or has no unit. */
export function parseDuration(text: string): number | undefined {
  if (!durationPattern.test(text)) return undefined;
  return [...text.matchAll(/(\d+) ?([a-z]+)/g)].reduce(
    (sum, [, number, unit = '']) => sum + Number(number) * (units[unit] ?? 0),
    0,
  );
}

/** A duration as {@link parseDuration} reads it back: `30 min`, `1 h 30 min`, `1 d`. */
export function durationText(seconds: number): string {
  const parts: string[] = [];
  let left = Math.max(0, Math.round(seconds));
  for (const unit of ['d', 'h', 'min', 's']) {
    const size = units[unit] ?? 1;
    if (left >= size) parts.push(`${Math.floor(left / size)} ${unit}`);
    left %= size;
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}

/** How long something took: as {@link durationText}, and with a tenth of a second where that matters: `0.4 s`, `2 min 5 s`. */
export function measuredDuration(seconds: number): string {
  return seconds < 9.95 ? `${Math.max(0, seconds).toFixed(1)} s` : durationText(seconds);
}

/** What is left of a time, or how long ago it was, as precisely as it matters: `40 s`, `22 min`, `7 h 10 min`, `3 d 2 h`. */
export function roughDuration(seconds: number): string {
  const step = seconds < 120 ? 1 : seconds < 86_400 ? 60 : 3600;
  return durationText(Math.floor(seconds / step) * step);
}
