/** The parameters of a form that have one beginning, numbers included: a record for each. */
export function group(
  params: Readonly<Record<string, unknown>>,
  start: RegExp,
): Record<string, string>[] {
  const found = new Map<string, Record<string, string>>();
  for (const [key, value] of Object.entries(params)) {
    const name = start.exec(key)?.[0];
    if (name === undefined) continue;
    const record = found.get(name) ?? {};
    record[key.slice(name.length + 1)] = text(value);
    found.set(name, record);
  }
  return [...found.values()];
}

/** A parameter as text; empty if it isn't one. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
