import type { ProviderKind } from '../../model/cluster/cluster.ts';
import type { Verb } from '../../model/events.ts';
import type { Properties, PropertyFile } from '../../model/software/properties.ts';
import type { Volume } from '../../model/volume.ts';

/** Where an option stands in the help, the reference and the form, in this order. */
export const optionGroups = [
  'Cluster',
  'Spark',
  'HDFS',
  'This machine',
  'Instances',
  'Network',
  'Storage',
  'Tags',
  'Advanced',
] as const;

/** See {@link optionGroups}. */
export type OptionGroup = (typeof optionGroups)[number];

/** Every verb that takes options. */
export const allVerbs = [
  'launch',
  'plan',
  'describe',
  'start',
  'stop',
  'destroy',
  'addWorkers',
  'removeWorkers',
  'resume',
  'repair',
  'install',
  'authorize',
  'extend',
  'doctor',
  'runCommand',
  'copyFile',
  'login',
  'connect',
  'pythonEnv',
  'submit',
  'explain',
] as const satisfies readonly Verb[];

/** The verbs that decide what a new cluster is. */
export const launchVerbs = ['launch', 'plan'] as const satisfies readonly Verb[];

/** The verbs that look for a cluster that is there. */
export const lookVerbs: readonly Verb[] = allVerbs.filter(
  (verb) => verb !== 'launch' && verb !== 'plan',
);

/** The verbs that decide what new nodes are. */
export const growVerbs = ['launch', 'plan', 'addWorkers'] as const satisfies readonly Verb[];

/**
 * What another party gains by setting an option for a user, as in a file of a folder that is opened.
 *
 * `code`: something of his choice runs, here or on nodes · `access`: who or what is let in where, as whom, or is asked with whose
 * credentials · `money`: what is paid on EC2 · `none`: nothing of these
 */
type OptionTrust = 'code' | 'access' | 'money' | 'none';

/** What every option has, whatever its type. */
interface OptionCommon {
  /** Where the file has it: the spelling that we write, and that the Python tool reads where it knows the option. */
  readonly key: string;
  /** Other keys that mean the same. `-` and `_` are the same in all of them. */
  readonly otherKeys?: readonly string[];
  /** The command line's spelling. */
  readonly flag: string;
  /** Other flags that mean the same. */
  readonly flagAliases?: readonly string[];
  /** The only provider that it means something to; absent if both take it. */
  readonly provider?: ProviderKind;
  /** The provider whose launch refuses to go without it. */
  readonly requiredFor?: ProviderKind;
  readonly group: OptionGroup;
  readonly trust: OptionTrust;
  /** One line, without a full stop. */
  readonly help: string;
  /** What one line can't say; whole sentences. */
  readonly details?: string;
  /** What holds if it isn't given and there is no fixed default, as in "chosen by the Spark version". */
  readonly unset?: string;
  /** A value as one would write it in the file or behind the flag. */
  readonly example: string;
  /** Why it does nothing any more. */
  readonly deprecated?: string;
  /** The verbs whose command takes the flag. */
  readonly verbs: readonly Verb[];
}

/** Yes or no. Its flag has a `--no-` twin. */
interface BooleanOption extends OptionCommon {
  readonly type: 'boolean';
  readonly default?: boolean;
}

/** A whole number; for `memory` in MiB, and text such as `2g` is read too. */
interface IntegerOption extends OptionCommon {
  readonly type: 'integer' | 'memory';
  readonly default?: number;
  readonly min: number;
  readonly max: number;
}

/** How long something may be, in seconds. It is written with units, as in `1 h 30 min`, so that minutes and seconds are not mixed up. */
interface DurationOption extends OptionCommon {
  readonly type: 'duration';
  readonly default?: number;
  readonly min: number;
  readonly max: number;
}

/** Any number above `above`. */
interface NumberOption extends OptionCommon {
  readonly type: 'number';
  readonly default?: number;
  readonly above: number;
}

/** What text must look like, and how to say so. */
export interface TextForm {
  readonly pattern: RegExp;
  /** What fits, as in "a region such as eu-west-1". */
  readonly words: string;
}

/**
 * Text. A `version` is kept as written (`3.10` isn't 3.1), a `path` is made absolute, a `url` may hold `{v}` and is printed
 * without the password in it.
 */
interface TextOption extends OptionCommon {
  readonly type: 'string' | 'version' | 'path' | 'url';
  readonly default?: string;
  readonly form?: TextForm;
}

/** One of a few words. */
interface EnumOption extends OptionCommon {
  readonly type: 'enum';
  readonly choices: readonly string[];
  readonly default?: string;
}

/** Several texts: a list in the file, a repeated flag. */
interface ListOption extends OptionCommon {
  readonly type: 'list';
  readonly default: readonly string[];
  readonly form?: TextForm | 'access-source';
  /** Whether the texts are paths, which are made absolute. */
  readonly isPaths?: true;
}

/** Keys with values: a list of `key,value` in the file, a repeated flag. */
interface TagsOption extends OptionCommon {
  readonly type: 'tags';
  readonly default: Readonly<Record<string, string>>;
}

/**
 * Properties of a file of Spark's or Hadoop's: a section in the file, a repeated flag with `name=value`. Those of flags are added to
 * those of the file.
 */
interface PropertiesOption extends OptionCommon {
  readonly type: 'properties';
  readonly file: PropertyFile;
  readonly default: Properties;
}

/** EBS volumes: a list of `size=500,type=gp3` in the file, a repeated flag. */
interface VolumesOption extends OptionCommon {
  readonly type: 'volumes';
  readonly default: readonly Volume[];
}

/** One row of the table of options. */
export type OptionDefinition =
  | BooleanOption
  | IntegerOption
  | DurationOption
  | NumberOption
  | TextOption
  | EnumOption
  | ListOption
  | VolumesOption
  | TagsOption
  | PropertiesOption;

/** Whether an option holds several values: a list or a section in the file, a flag that may be repeated. */
export function holdsSeveral({ type }: OptionDefinition): boolean {
  return type === 'list' || type === 'volumes' || type === 'tags' || type === 'properties';
}

/** The type of the values of an option. */
export type ValueOf<D extends OptionDefinition> = D extends EnumOption
  ? D['choices'][number]
  : D extends BooleanOption
    ? boolean
    : D extends IntegerOption | DurationOption | NumberOption
      ? number
      : D extends ListOption
        ? readonly string[]
        : D extends VolumesOption
          ? readonly Volume[]
          : D extends TagsOption | PropertiesOption
            ? Readonly<Record<string, string>>
            : string;

/** A part of the table, with its literal types kept: they become the types of the values. */
export function defineOptions<const T extends Readonly<Record<string, OptionDefinition>>>(
  options: T,
): T {
  return options;
}
