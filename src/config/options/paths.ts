import type { OptionDefinition } from './option.ts';
import type { OptionValue } from './options.ts';

/** The paths that an option's value holds: none of most options. */
export function pathsIn(definition: OptionDefinition, value: unknown): readonly string[] {
  if (definition.type === 'path') return typeof value === 'string' ? [value] : [];
  return definition.type === 'list' && definition.isPaths === true && Array.isArray(value)
    ? (value as string[])
    : [];
}

/** An option's value with its paths changed, if it holds any. */
export function withPaths(
  definition: OptionDefinition,
  value: OptionValue,
  change: (path: string) => string,
): OptionValue {
  const changed = pathsIn(definition, value).map(change);
  if (definition.type === 'path') return changed[0] ?? value;
  return definition.type === 'list' && definition.isPaths === true ? changed : value;
}
