import { type OptionName, optionNames, options } from './options.ts';

/** A key of the file, or a section with the keys in it. */
export type KnownKey =
  | {
      readonly kind: 'option';
      readonly name: OptionName;
      /** If an option is given by several keys, the highest rank wins, as it does in the Python tool. */
      readonly rank: number;
      readonly spelling: string;
    }
  | KnownSection;

/** A section of the file. */
export interface KnownSection {
  readonly kind: 'section';
  readonly spelling: string;
  /** By folded key: see {@link foldKey}. */
  readonly children: ReadonlyMap<string, KnownKey>;
}

/** `-` and `_` are the same in keys. */
export function foldKey(key: string): string {
  return key.replaceAll('_', '-');
}

/**
 * Every key that means an option, the canonical one first.
 *
 * Beside those in the table there are the early files' sections (`ec2.…` for `providers.ec2.…`), and `launch` takes any option
 * by its flag's name: the Python tool lays `launch`, `providers.ec2` and `services` over each other, in this order.
 */
export function keysOf(name: OptionName): readonly string[] {
  const option = options[name];
  const keys = new Set([option.key]);
  if (option.key.startsWith('providers.')) keys.add(option.key.slice('providers.'.length));
  for (const key of option.otherKeys ?? []) keys.add(key);
  if (option.key.includes('.'))
    for (const flag of [option.flag, ...(option.flagAliases ?? [])])
      keys.add(`launch.${flag.slice(2)}`);
  return [...keys];
}

function buildRoot(): KnownSection {
  interface Draft {
    readonly kind: 'section';
    readonly spelling: string;
    readonly children: Map<string, KnownKey | Draft>;
  }
  const root: Draft = { kind: 'section', spelling: '', children: new Map() };
  for (const name of optionNames)
    for (const [index, key] of keysOf(name).entries()) {
      const path = key.split('.');
      const leaf = path.pop() ?? '';
      let section = root;
      for (const step of path) {
        let next = section.children.get(step);
        if (next?.kind !== 'section') {
          next = { kind: 'section', spelling: step, children: new Map() };
          section.children.set(step, next);
        }
        section = next as Draft;
      }
      if (!section.children.has(leaf))
        section.children.set(leaf, { kind: 'option', name, rank: -index, spelling: leaf });
    }
  return root;
}

/** All that a file may hold. */
export const knownRoot: KnownSection = buildRoot();

/**
 * What our template writes out and doesn't comment out: it says what a launch does anyway, but that the Python tool, which reads this
 * file too, needs a Spark version, a "launch" and a "providers.ec2" with something in it.
 */
export const templateKeys: ReadonlySet<string> = new Set([
  'launch.num-slaves',
  'services.spark.version',
  'services.hdfs.version',
  'providers.ec2.region',
  'providers.ec2.instance-type',
  'providers.ec2.user',
]);
