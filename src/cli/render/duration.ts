/**
 * How long something took, as precisely as a person wants to know it.
 *
 * @example `0.4 s`, `12 s`, `2 min 05 s`, `3 h 10 min`
 */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  return elapsed(seconds);
}

/** How long something goes on already: whole seconds, so that nothing flickers. */
export function elapsed(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${twoDigits(Math.floor((whole % 3600) / 60))} min`;
}

/** How long ago something was: `just now`, `5 min ago`, `3 days ago`. */
export function ago(seconds: number): string {
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
