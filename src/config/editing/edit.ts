import { isMap, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import type { Properties } from '../../model/software/properties.ts';
import { parseConfig } from '../load.ts';
import type { LoadedConfig } from '../loaded-config.ts';
import { foldKey } from '../options/config-keys.ts';
import { type OptionName, optionNames, options, type OptionValue } from '../options/options.ts';
import { coerce } from '../values/coerce.ts';
import { checkValue } from '../values/values.ts';
import { writtenItems, type WrittenValue, writtenValue } from '../values/written-value.ts';
import { readPlainScalar } from '../yaml/plain-scalar.ts';
import { type OldScalar, writeScalar } from '../yaml/write-scalar.ts';
import { isAliasPair, type NewEntry, YamlText } from '../yaml/yaml-text.ts';
import { readYaml } from '../yaml/yaml-tree.ts';

/** A change to a configuration. */
export interface ConfigChange {
  /** The option, by its name (`numWorkers`) or its key (`launch.num-slaves`). */
  readonly option: string;
  /** Its new value; `null` takes it out of the file. */
  readonly value: OptionValue | null;
}

/**
 * Changes options in the text of a configuration, and nothing else in it: comments, order, quoting, line ends and the spelling
 * of keys stay byte for byte. By hand, as `toString` of the package `yaml` writes a document again: it rewraps, requotes and moves comments.
 *
 * @throws ClusterError `ARGUMENT_INVALID` for an unknown option or a value that doesn't fit it, `CONFIG_INVALID` if the text is
 * no sound YAML or can't be changed without touching something else
 *
 * @example
 * ```ts
 * editConfig('launch:\n  num-slaves: 1  # small\n', [{ option: 'numWorkers', value: 3 }]);
 * // 'launch:\n  num-slaves: 3  # small\n'
 * ```
 */
export function editConfig(text: string, changes: readonly ConfigChange[]): string {
  requireEditable(text);
  return changes.reduce((current, change) => {
    const name = nameOf(change.option);
    const value = valueOf(name, change.value);
    const edited =
      value === undefined ? removeOption(current, name) : writeOption(current, name, value);
    assertFaithful(current, edited, name, value);
    return edited;
  }, text);
}

/**
 * The text with the key of an option that it has no value for, and still none: where {@link editConfig} would write it.
 *
 * @throws ClusterError as {@link editConfig}
 */
export function addKey(text: string, option: string): string {
  requireEditable(text);
  const name = nameOf(option);
  const yaml = new YamlText(text);
  const mention = parseConfig(text, '').mentions.get(name)?.at(-1);
  const place = walk(yaml, mention?.split('.') ?? sectionFor(yaml, name));
  const { map, pair, rest } = place;
  if (pair === undefined || rest.length > 0)
    return insertAt(yaml, place, { keys: rest, value: () => 'null' });
  return yaml.replaceValue(pair, 'null', map !== undefined && yaml.isFlow(map));
}

/** @throws ClusterError `CONFIG_INVALID` for text that can't be changed */
function requireEditable(text: string): void {
  const { root, problems } = readYaml(text);
  if (root !== null && root.kind !== 'map')
    throw new ClusterError(
      'CONFIG_INVALID',
      'The file can’t be changed because it has no sections.',
    );
  const fault = problems.find(({ severity }) => severity === 'error');
  if (fault !== undefined)
    throw new ClusterError(
      'CONFIG_INVALID',
      `The file can’t be changed because it is not valid YAML. Line ${fault.at.line}: ${fault.message}`,
      { remedies: advice(fault.hint) },
    );
}

function nameOf(option: string): OptionName {
  const folded = foldKey(option);
  const name = optionNames.find((one) => one === option || options[one].key === folded);
  if (name === undefined) throw new ClusterError('ARGUMENT_INVALID', `Unknown option "${option}".`);
  return name;
}

function valueOf(name: OptionName, given: OptionValue | null): OptionValue | undefined {
  const { value, faults } = checkValue(name, given);
  const [fault] = faults;
  if (fault !== undefined)
    throw new ClusterError('ARGUMENT_INVALID', `${options[name].key}: ${fault.message}`, {
      remedies: advice(fault.hint),
    });
  if (options[name].type === 'tags' && value !== undefined) {
    const comma = Object.entries(value).find(([key, text]) => `${key}${text}`.includes(','));
    if (comma !== undefined)
      throw new ClusterError(
        'ARGUMENT_INVALID',
        `${options[name].key}: The tag "${comma[0]}" contains a comma, which the file format doesn’t allow.`,
      );
  }
  return value;
}

function writeOption(text: string, name: OptionName, value: OptionValue): string {
  let current = text;
  const written = writtenValue(options[name], value);
  // A list is changed item by item, each on the text that the one before left. More steps than it and the text have
  // items would mean that a step undoes another.
  const limit =
    typeof written === 'object' ? writtenItems(options[name], written).length + text.length + 1 : 1;
  for (let step = 0; step < limit; step += 1) {
    const loaded = parseConfig(current, '');
    if (sameValue(loaded.values[name], value)) return current;
    const next = setOnce(new YamlText(current), loaded, name, written);
    if (next === current) break;
    current = next;
  }
  return current;
}

function setOnce(
  yaml: YamlText,
  loaded: LoadedConfig,
  name: OptionName,
  value: WrittenValue,
): string {
  const mention = loaded.mentions.get(name)?.at(-1);
  const place = walk(yaml, mention?.split('.') ?? sectionFor(yaml, name));
  return place.pair !== undefined && place.rest.length === 0
    ? setPair(yaml, place.map, place.pair, name, value)
    : insertAt(yaml, place, entryOf(place.rest, name, value));
}

/** A way down the sections of a text, as far as it goes. */
interface Place {
  /** The innermost mapping on the way; `undefined` if there is none at all. */
  readonly map: YAMLMap | undefined;
  /** The pair in it that is on the way too, but holds no mapping written out there. */
  readonly pair: Pair | undefined;
  /** The keys that are missing. */
  readonly rest: readonly string[];
}

function walk(yaml: YamlText, path: readonly string[]): Place {
  let map = yaml.root;
  for (const [index, step] of path.entries()) {
    if (map === undefined) break;
    const current: YAMLMap = map;
    // The very spelling first: `num-slaves` and `num_slaves` may both be there.
    const pair =
      yaml.pairOf(current, (key) => key === step) ??
      yaml.pairOf(current, (key) => foldKey(key) === foldKey(step));
    if (pair === undefined) return { map: current, pair, rest: path.slice(index) };
    if (index === path.length - 1 || !isMap(pair.value))
      return { map: current, pair, rest: path.slice(index + 1) };
    // An empty block mapping can't be, so there is at least a brace or a key in it.
    map = pair.value;
  }
  return { map: undefined, pair: undefined, rest: path };
}

function insertAt(yaml: YamlText, { map, pair }: Place, entry: NewEntry): string {
  if (map === undefined) return yaml.appendEntry(entry);
  if (pair === undefined) return yaml.insertEntry(map, entry);
  if (isAliasPair(pair)) return yaml.extendAlias(pair, entry);
  return yaml.fillEntry(map, pair, entry);
}

function setPair(
  yaml: YamlText,
  map: YAMLMap | undefined,
  pair: Pair,
  name: OptionName,
  value: WrittenValue,
): string {
  const flow = map !== undefined && yaml.isFlow(map);
  if (typeof value !== 'object')
    return yaml.replaceValue(pair, writeScalar(value, flow, yaml.oldScalar(pair.value)), flow);
  const items = writtenItems(options[name], value);
  const list = pair.value;
  const { type } = options[name];
  if (type === 'properties' && map !== undefined && !isSeq(list))
    return updateSection(yaml, map, pair, value as Properties);
  if (isSeq(list) && items.length > 0 && list.items.length > 0 && isPlainList(list))
    return type === 'tags' || type === 'properties'
      ? updatePairs(yaml, list, value as Readonly<Record<string, string>>, name)
      : updateList(yaml, list, items, name);
  const texts = items.map((item) => writeScalar(item, flow));
  const inline =
    flow || items.length === 0 || (isSeq(list) && list.flow === true)
      ? `[${items.map((item) => writeScalar(item, true)).join(', ')}]`
      : undefined;
  return yaml.replaceValue(pair, inline ?? texts, flow);
}

/** The texts of a value that holds several. */
function listOf(name: OptionName, value: OptionValue): readonly string[] {
  const written = writtenValue(options[name], value);
  return typeof written === 'object' ? writtenItems(options[name], written) : [];
}

/** Whether each item is a scalar with something in it: only such lists are changed item by item. */
function isPlainList(list: YAMLSeq): boolean {
  return list.items.every((item) => {
    const node = item as { value?: unknown; type?: unknown };
    return (
      typeof node.value === 'string' && node.value !== '' && !String(node.type).startsWith('BLOCK')
    );
  });
}

/** One step towards the wanted list; the rest is done on the new text. */
function updateList(
  yaml: YamlText,
  list: YAMLSeq,
  wanted: readonly string[],
  name: OptionName,
): string {
  const current = list.items.map((item) => {
    const text = String((item as { value: unknown }).value);
    // One value may be written in several ways; what it is decides whether it stays.
    const { value } = checkValue(name, [text]);
    return (value === undefined ? undefined : listOf(name, value)[0]) ?? text;
  });
  const kept = commonItems(current, wanted);
  const surplus = current.findLastIndex((_, index) => !kept.some(([from]) => from === index));
  const missing = wanted.findIndex((_, index) => !kept.some(([, to]) => to === index));
  // As long as anything is missing it comes in first, so that the list is never empty in between.
  if (missing >= 0) {
    const before = kept.filter(([, to]) => to < missing).at(-1);
    const at = before === undefined ? 0 : before[0] + 1;
    const text = writeScalar(wanted[missing] ?? '', yaml.isFlow(list));
    return at < current.length && !kept.some(([from]) => from === at)
      ? yaml.replaceItem(list, at, text)
      : yaml.insertItem(list, at, text);
  }
  return yaml.removeItem(list, surplus, undefined);
}

/** One step towards the wanted properties, which stand below a key; the rest is done on the new text. */
function updateSection(yaml: YamlText, map: YAMLMap, pair: Pair, wanted: Properties): string {
  const section = pair.value;
  const [first] = Object.entries(wanted);
  if (!isMap(section)) {
    if (first === undefined || !yaml.isEmpty(pair)) return yaml.replaceValue(pair, '{}', true);
    return yaml.fillEntry(map, pair, propertyEntry([], first));
  }
  const flow = yaml.isFlow(section);
  for (const [name, value] of Object.entries(wanted)) {
    const found = yaml.pairOf(section, (key) => key === name);
    if (found === undefined) return yaml.insertEntry(section, propertyEntry([], [name, value]));
    if (propertyText(found.value) !== value)
      return yaml.replaceValue(
        found,
        writeProperty(value, flow, yaml.oldScalar(found.value)),
        flow,
      );
  }
  const surplus = section.items.findIndex(
    (item) => !Object.hasOwn(wanted, String((item.key as { value?: unknown }).value)),
  );
  return surplus < 0 ? yaml.text : yaml.removeItem(section, surplus, pair);
}

function propertyEntry(
  keys: readonly string[],
  [name, value]: readonly [string, string],
): NewEntry {
  return { keys: [...keys, name], value: (flow) => writeProperty(value, flow) };
}

/** The value of a property that is written out, as reading gives it; `undefined` if it is no single value. */
function propertyText(node: unknown): string | undefined {
  if (!isScalar(node)) return undefined;
  const text = String(node.value);
  return node.type === 'PLAIN' && typeof readPlainScalar(text) === 'boolean'
    ? String(readPlainScalar(text))
    : text;
}

/** Numbers and truth values need no quotes here: they are read as they are written. */
function writeProperty(value: string, flow: boolean, old?: OldScalar): string {
  const isBare = /^(?:0|[1-9]\d{0,14}|true|false)$/.test(value) && (old?.quote ?? '') === '';
  return isBare ? value : writeScalar(value, flow, old);
}

function updatePairs(
  yaml: YamlText,
  list: YAMLSeq,
  wanted: Readonly<Record<string, string>>,
  name: OptionName,
): string {
  const current = list.items.map((item) => {
    const text = String((item as { value: unknown }).value);
    return Object.entries(
      (coerce(options[name], {
        kind: 'list',
        items: [{ kind: 'scalar', text, value: text, at: null }],
        at: null,
      }).value ?? {}) as Readonly<Record<string, string>>,
    )[0];
  });
  const lastOf = (key: string): number => current.findLastIndex((tag) => tag?.[0] === key);
  const flow = yaml.isFlow(list);
  for (const [key, value] of Object.entries(wanted)) {
    const index = lastOf(key);
    const [text = ''] = writtenItems(options[name], { [key]: value });
    const item = writeScalar(text, flow, yaml.oldScalar(list.items[index]));
    if (index < 0) return yaml.insertItem(list, list.items.length, item);
    if (current[index]?.[1] !== value) return yaml.replaceItem(list, index, item);
  }
  const surplus = current.findIndex(
    (tag, index) => tag === undefined || !Object.hasOwn(wanted, tag[0]) || lastOf(tag[0]) !== index,
  );
  return yaml.removeItem(list, surplus, undefined);
}

/** The longest common subsequence, as pairs of indices. */
function commonItems(a: readonly string[], b: readonly string[]): [number, number][] {
  const lengths = Array.from({ length: a.length + 1 }, () =>
    Array.from({ length: b.length + 1 }, () => 0),
  );
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = lengths[i];
      if (row !== undefined)
        row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;)
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  return pairs;
}

function removeOption(text: string, name: OptionName): string {
  let current = text;
  // First every place where it is written out …
  for (;;) {
    const yaml = new YamlText(current);
    const found = (parseConfig(current, '').mentions.get(name) ?? [])
      .map((key) => walk(yaml, key.split('.')))
      .find(({ pair, rest }) => pair !== undefined && rest.length === 0);
    if (found?.map === undefined || found.pair === undefined) break;
    const { map, pair } = found;
    current = yaml.removeItem(map, map.items.indexOf(pair), parentOf(yaml, map));
  }
  // … then what still comes in by an alias is covered by an own, empty key.
  for (;;) {
    const { values, positions } = parseConfig(current, '');
    const key = positions[name]?.key;
    if (values[name] === undefined || key === undefined) return current;
    const yaml = new YamlText(current);
    const place = walk(yaml, key.split('.'));
    const next = insertAt(yaml, place, { keys: place.rest, value: () => 'null' });
    if (next === current) return current;
    current = next;
  }
}

function parentOf(yaml: YamlText, map: YAMLMap): Pair | undefined {
  const find = (parent: YAMLMap): Pair | undefined => {
    for (const pair of parent.items) {
      if (pair.value === map) return pair;
      const inner = isMap(pair.value) ? find(pair.value) : undefined;
      if (inner !== undefined) return inner;
    }
    return undefined;
  };
  return yaml.root === undefined ? undefined : find(yaml.root);
}

/** Where a new key goes: into the canonical section, or into the early shape's if the file has that shape. */
function sectionFor(yaml: YamlText, name: OptionName): readonly string[] {
  const path = options[name].key.split('.');
  const [first, second, leaf] = path;
  if (first !== 'providers' || second === undefined || leaf === undefined) return path;
  const { root } = yaml;
  const has = (map: YAMLMap | undefined, key: string): Pair | undefined =>
    map === undefined ? undefined : yaml.pairOf(map, (text) => text === key);
  const providers = has(root, 'providers');
  const inProviders = isMap(providers?.value) && has(providers.value, second) !== undefined;
  const early =
    has(root, second) !== undefined ||
    (providers === undefined && (has(root, 'ec2') ?? has(root, 'local')) !== undefined);
  return early && !inProviders ? [second, leaf] : path;
}

function entryOf(keys: readonly string[], name: OptionName, value: WrittenValue): NewEntry {
  if (options[name].type === 'properties') {
    const [first] = Object.entries(value as Properties);
    return first === undefined ? { keys, value: () => '{}' } : propertyEntry(keys, first);
  }
  return {
    keys,
    value: (flow) => {
      if (typeof value !== 'object') return writeScalar(value, flow);
      const items = writtenItems(options[name], value);
      return items.length === 0 ? '[]' : items.map((item) => writeScalar(item, flow));
    },
  };
}

/** The last word: what was asked for is there, and every other option is what it was. */
function assertFaithful(
  before: string,
  after: string,
  name: OptionName,
  value: OptionValue | undefined,
): void {
  const old = parseConfig(before, '');
  const now = parseConfig(after, '');
  const wrong = optionNames.find(
    (one) => !sameValue(now.values[one], one === name ? value : old.values[one]),
  );
  if (wrong === undefined && errorsOf(now) <= errorsOf(old)) return;
  throw new ClusterError(
    'CONFIG_INVALID',
    `${options[name].key} can’t be changed here without changing other values.`,
    {
      remedies: advice(
        'Edit the file in a text editor: it uses aliases or syntax that can’t be edited here.',
      ),
    },
  );
}

function errorsOf({ problems }: LoadedConfig): number {
  return problems.filter(({ severity }) => severity === 'error').length;
}

function sameValue(a: OptionValue | undefined, b: OptionValue | undefined): boolean {
  const sorted = (value: OptionValue | undefined): unknown =>
    typeof value === 'object' && !Array.isArray(value) ? Object.entries(value).sort() : value;
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}
