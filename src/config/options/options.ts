import { ec2Options } from './ec2.ts';
import { hdfsOptions } from './hdfs.ts';
import { launchOptions } from './launch.ts';
import { localOptions } from './local.ts';
import type { OptionDefinition, ValueOf } from './option.ts';
import { sparkOptions } from './spark.ts';

const table = {
  ...launchOptions,
  ...sparkOptions,
  ...hdfsOptions,
  ...localOptions,
  ...ec2Options,
};

type Table = typeof table;

/** An option's name in the library: `numWorkers`, `sparkVersion`, `ec2Region`, … */
export type OptionName = keyof Table;

/** The table of options: flags, keys of the file, help, schema, reference and the form are made of it. */
export const options: Readonly<Record<OptionName, OptionDefinition>> = table;

/** All names, in the table's order. */
export const optionNames = Object.keys(table) as readonly OptionName[];

/** A value for each option; `undefined` where there is no default and nothing was said. */
export type OptionValues = {
  readonly [N in OptionName]:
    ValueOf<Table[N]> | (Table[N] extends { readonly default: unknown } ? never : undefined);
};

/** What is asked for: only the options that are to differ from the file or the defaults. Durations are in seconds, memory is in MiB. */
export type PartialValues = {
  readonly [N in OptionName]?: ValueOf<Table[N]> | undefined;
};

/** The value of some option, when it isn't known which. */
export type OptionValue = NonNullable<OptionValues[OptionName]>;
