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
