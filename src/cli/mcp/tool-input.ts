import { flagsFor, parseFlag } from '../../config/flags.ts';
import {
  type OptionName,
  optionNames,
  options,
  type OptionValue,
  type PartialValues,
} from '../../config/options/options.ts';
import type { ProviderKind } from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import { didYouMean } from '../parsing/usage-error.ts';

/** Where a tool looks for a cluster. */
export interface PlaceInput {
  readonly provider?: ProviderKind;
  readonly region?: string;
}

/** What a launch is asked with. */
export interface LaunchInput extends PlaceInput {
  readonly name: string;
  readonly workers?: number;
  readonly options?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** Options that say where a cluster is looked for. */
export function placeValues({ provider, region }: PlaceInput): PartialValues {
  return {
    ...(provider !== undefined && { provider }),
    ...(region !== undefined && { ec2Region: region, ec2Regions: [] }),
  };
}

/** What isn't a launch's to say. */
const notForLaunches: ReadonlySet<OptionName> = new Set<OptionName>(['assumeYes', 'debug']);

/**
 * Reads the options of a launch by the rules of the command line.
 *
 * @throws ClusterError `ARGUMENT_INVALID`
 */
export function launchValues({
  workers,
  options: given = {},
  ...place
}: LaunchInput): PartialValues {
  const specs = flagsFor('launch').filter((spec) => !notForLaunches.has(spec.name));
  const values: Partial<Record<OptionName, OptionValue>> = {};
  for (const [key, value] of Object.entries(given)) {
    const flag = `--${key.replace(/^-+/, '')}`;
    const spec = specs.find((one) => one.flag === flag || one.aliases.includes(flag));
    if (spec === undefined) {
      const names = specs.map((one) => one.flag.slice(2));
      throw invalid(`There is no launch option "${key}".`, didYouMean(flag.slice(2), names));
    }
    const text = typeof value === 'number' ? String(value) : value;
    const parsed = parseFlag(spec.name, text, flag.slice(2));
    if (parsed.problem !== null) throw invalid(parsed.problem.message, parsed.problem.hint);
    if (parsed.value !== undefined) values[spec.name] = parsed.value;
  }
  return {
    // Each value was read as its option's type.
    ...(values as PartialValues),
    ...placeValues(place),
    ...(workers !== undefined && { numWorkers: workers }),
  };
}

/** The options among those that an agent chose that decide what runs, or who is let in: the user is to know of them. */
export function sensitiveValues(values: PartialValues, kind: ProviderKind): readonly string[] {
  return optionNames
    .filter((name) => {
      const { trust, provider = kind } = options[name];
      return (trust === 'code' || trust === 'access') && provider === kind && name in values;
    })
    .map((name) => `${options[name].flag.slice(2)}: ${JSON.stringify(values[name])}`);
}

function invalid(message: string, hint: string | null | undefined): ClusterError {
  return new ClusterError('ARGUMENT_INVALID', message, {
    remedies: hint == null ? [] : advice(hint),
  });
}
