import { durationText } from '../../base/duration.ts';
import { type Volume, volumeSpelling } from '../../model/volume.ts';
import type { OptionDefinition } from '../options/option.ts';
import { type OptionName, options, type OptionValue } from '../options/options.ts';
import type { RawNode } from '../yaml/raw-node.ts';
import { coerce, type ValueFault } from './coerce.ts';

/** A value that a program gave, checked; `undefined` if it means "not set". */
export interface CheckedValue {
  readonly value: OptionValue | undefined;
  readonly faults: readonly ValueFault[];
}

/**
 * Checks a value that comes from a program: types are no proof at run time, and ranges and forms are no types.
 *
 * Amounts of memory, durations and volumes may be text as in the file, such as `2g`; else only the option's own type is taken.
 */
export function checkValue(name: OptionName, value: unknown): CheckedValue {
  const definition = options[name];
  if (value === undefined || value === null) return { value: undefined, faults: [] };
  const node = hasType(definition, value) ? nodeOf(asWritten(definition, value)) : undefined;
  if (node === undefined)
    return {
      value: undefined,
      faults: [
        {
          message: `Expected ${typeWords[definition.type]}, but got ${describe(value)}.`,
          hint: `Use a value such as ${definition.example}.`,
          at: null,
        },
      ],
    };
  const { value: checked, faults } = coerce(definition, node);
  return { value: checked, faults };
}

const typeWords: Readonly<Record<OptionDefinition['type'], string>> = {
  boolean: 'true or false',
  integer: 'a number',
  memory: 'a number of MiB',
  duration: 'a number of seconds',
  number: 'a number',
  string: 'text',
  version: 'text',
  path: 'text',
  url: 'text',
  enum: 'text',
  list: 'a list of texts',
  volumes: 'a list of volumes',
  tags: 'an object whose values are texts',
  properties: 'an object whose values are texts',
};

function hasType(definition: OptionDefinition, value: unknown): boolean {
  switch (definition.type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
    case 'number':
      return typeof value === 'number';
    case 'memory':
    case 'duration':
      return typeof value === 'number' || typeof value === 'string';
    case 'string':
    case 'version':
    case 'path':
    case 'url':
    case 'enum':
      return typeof value === 'string';
    case 'list':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'volumes':
      return (
        Array.isArray(value) &&
        value.every(
          (item) => typeof item === 'string' || (typeof item === 'object' && item !== null),
        )
      );
    case 'tags':
    case 'properties':
      return (
        typeof value === 'object' &&
        !Array.isArray(value) &&
        Object.values(value as object).every((item) => typeof item === 'string')
      );
  }
}

/** What coercion reads as this value; what can't be written stays, and is refused there. */
function asWritten({ type }: OptionDefinition, value: unknown): unknown {
  if (type === 'duration' && typeof value === 'number')
    return Number.isSafeInteger(value) && value >= 0 ? durationText(value) : `${value} s`;
  if (type === 'volumes')
    return (value as readonly (string | Volume)[]).map((volume) =>
      typeof volume === 'string' ? volume : volumeSpelling(volume),
    );
  return value;
}

function nodeOf(value: unknown): RawNode | undefined {
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return { kind: 'scalar', text: String(value), value, at: null };
  if (Array.isArray(value))
    return { kind: 'list', items: value.flatMap((item) => nodeOf(item) ?? []), at: null };
  const entries = Object.entries(value as Readonly<Record<string, string>>).map(([key, text]) => ({
    key,
    at: null,
    value: { kind: 'scalar' as const, text, value: text, at: null },
  }));
  return { kind: 'map', entries, at: null };
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
