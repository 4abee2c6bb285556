// What a node or a daemon on it says may be anything: jobs run there. These read a value of its JSON as what it should be.

/** How many characters of a text are taken: nobody reads more. */
const maxTextLength = 4_096;
/** How many entries of a list are taken: no cluster has so many nodes. */
const maxEntries = 20_000;

/** A line as a JSON object, or `undefined`. */
export function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A value that should be an object; empty if it isn't. */
export function object(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

/** The entries of a value that should be an object; none if it isn't. */
export function entries(value: unknown): readonly [string, unknown][] {
  return Object.entries(object(value)).slice(0, maxEntries);
}

/** A value that should be a list; empty if it isn't. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]).slice(0, maxEntries) : [];
}

/** A value that should be text, as far as anybody reads it; empty if it isn't. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, maxTextLength) : '';
}

/** A value that should be a number of things; 0 if it isn't. */
export function quantity(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
