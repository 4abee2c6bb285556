import { durationText } from '../../base/duration.ts';
import { shownProperties } from '../../model/software/properties.ts';
import { type Volume, volumeSpelling } from '../../model/volume.ts';
import type { OptionDefinition } from '../options/option.ts';
import type { OptionValue } from '../options/options.ts';

/** A value as the file and the command line have it: durations and volumes are text there. */
export type WrittenValue =
  boolean | number | string | readonly string[] | Readonly<Record<string, string>>;

/** A value as one would write it: reading it gives the same value again. */
export function writtenValue({ type }: OptionDefinition, value: OptionValue): WrittenValue {
  switch (type) {
    case 'duration':
      return durationText(value as number);
    case 'volumes':
      return (value as readonly Volume[]).map(volumeSpelling);
    default:
      // Each other type is its own spelling.
      return value as WrittenValue;
  }
}

/** The items of a value that holds several, one text each: those of tags are `key,value`, properties are `name=value`. */
export function writtenItems(
  { type }: Pick<OptionDefinition, 'type'>,
  value: readonly string[] | Readonly<Record<string, string>>,
): readonly string[] {
  return Array.isArray(value)
    ? (value as readonly string[])
    : Object.entries(value as Readonly<Record<string, string>>).map(
        ([key, text]) => `${key}${type === 'tags' ? ',' : '='}${text}`,
      );
}

/** A value as {@link writtenValue} has it, without what is secret in properties. */
export function shownValue(definition: OptionDefinition, value: OptionValue): WrittenValue {
  const written = writtenValue(definition, value);
  return definition.type === 'properties'
    ? shownProperties(written as Readonly<Record<string, string>>)
    : written;
}
