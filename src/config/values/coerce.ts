import { durationText, parseDuration } from '../../base/duration.ts';
import type { PropertyFile } from '../../model/software/properties.ts';
import { hasControlCharacters } from '../../model/ssh/text.ts';
import { parseVolume, type Volume } from '../../model/volume.ts';
import type { OptionDefinition, TextForm } from '../options/option.ts';
import type { OptionValue } from '../options/options.ts';
import { redact } from '../redact.ts';
import type { Position, RawNode, RawScalar } from '../yaml/raw-node.ts';
import { accessSourceFault } from './access-source.ts';
import { propertyNameFault } from './property-names.ts';
import { suggest } from './suggest.ts';

/** Why a value doesn't fit its option. */
export interface ValueFault {
  /** What is wrong, without the option's name. */
  readonly message: string;
  /** What would be right. */
  readonly hint: string;
  /** Where the wrong part stands. */
  readonly at: Position | null;
}

/** The outcome of reading a value: it or its faults; neither if it says "not set". */
export interface Reading<T = OptionValue> {
  readonly value?: T;
  readonly faults: readonly ValueFault[];
}

const unset: Reading = { faults: [] };

/**
 * A value as its option's type, from the text as written: a version `3.10` stays `3.10`, and quoted numbers are numbers, as
 * in the Python tool. Nothing (`key:`) and empty text mean "not set".
 */
export function coerce(definition: OptionDefinition, node: RawNode): Reading {
  if (node.kind === 'scalar' && node.value === null) return unset;
  switch (definition.type) {
    case 'list':
      return readList(node, textReader(definition.form));
    case 'volumes':
      return readList(node, readVolume);
    case 'tags':
      return readTags(node);
    case 'properties':
      return readProperties(node, definition.file, definition.example);
    case 'boolean':
    case 'integer':
    case 'memory':
    case 'duration':
    case 'number':
    case 'string':
    case 'version':
    case 'path':
    case 'url':
    case 'enum':
      if (node.kind !== 'scalar')
        return fault(
          node,
          `Expected one value, but found ${node.kind === 'list' ? 'a list' : 'a section'}.`,
          `Use one value, such as ${definition.example}.`,
        );
      return readScalar(definition, node);
  }
}

type ScalarDefinition = Exclude<
  OptionDefinition,
  { readonly type: 'list' | 'volumes' | 'tags' | 'properties' }
>;

function readScalar(definition: ScalarDefinition, node: RawScalar): Reading {
  switch (definition.type) {
    case 'boolean':
      return readBoolean(node);
    case 'integer':
    case 'memory': {
      const { min, max, type } = definition;
      const value = type === 'memory' ? memoryOf(node) : integerOf(node);
      const wanted = `Use a whole number from ${min} to ${max}${type === 'memory' ? ' (MiB), or as in 512m or 2g' : ''}.`;
      if (value === undefined)
        return fault(
          node,
          `${show(node.text)} is not ${type === 'memory' ? 'an amount of memory' : 'a whole number'}.`,
          wanted,
        );
      return value < min || value > max
        ? fault(node, `${show(node.text, true)} is too ${value < min ? 'small' : 'large'}.`, wanted)
        : { value, faults: [] };
    }
    case 'duration': {
      if (node.text === '') return unset;
      const { min, max } = definition;
      const value = parseDuration(node.text);
      if (value === undefined) return formFault(node, durationForm);
      return value < min || value > max
        ? fault(
            node,
            `${show(node.text, true)} is too ${value < min ? 'short' : 'long'}.`,
            `Use a duration between ${durationText(min)} and ${durationText(max)}.`,
          )
        : { value, faults: [] };
    }
    case 'number': {
      const value = numberOf(node);
      const wanted = `Use a number greater than ${definition.above}, such as ${definition.example}.`;
      if (value === undefined) return fault(node, `${show(node.text)} is not a number.`, wanted);
      return value <= definition.above
        ? fault(node, `${show(node.text, true)} is too small.`, wanted)
        : { value, faults: [] };
    }
    case 'enum': {
      if (node.text === '') return unset;
      if (definition.choices.includes(node.text)) return { value: node.text, faults: [] };
      const meant = suggest(node.text, definition.choices);
      const choices = `Use one of: ${definition.choices.join(', ')}.`;
      return fault(
        node,
        `${show(node.text)} is not a valid value.`,
        meant === undefined ? choices : `Did you mean "${meant}"? ${choices}`,
      );
    }
    case 'string':
    case 'version':
    case 'path':
    case 'url':
      if (node.text === '') return unset;
      if (node.text.length > maxTextLength || isMoreThanALine(node.text)) return textFault(node);
      if (definition.type === 'url') {
        const wrong = urlFault(node);
        if (wrong !== undefined) return wrong;
      }
      return readForm(node, definition.form);
  }
}

const durationForm = 'a duration such as 30 min, 2 h or 1 d';

// What Python's click takes for a flag's default, beside YAML's own booleans.
const yes = new Set(['1', 'true', 't', 'yes', 'y', 'on']);
const no = new Set(['0', 'false', 'f', 'no', 'n', 'off']);

function readBoolean(node: RawScalar): Reading {
  if (typeof node.value === 'boolean') return { value: node.value, faults: [] };
  const word = node.text.trim().toLowerCase();
  if (yes.has(word)) return { value: true, faults: [] };
  if (no.has(word)) return { value: false, faults: [] };
  return fault(node, `${show(node.text)} is neither "yes" nor "no".`, 'Use yes or no.');
}

function integerOf(node: RawScalar): number | undefined {
  if (typeof node.value === 'number')
    return Number.isSafeInteger(node.value) ? node.value : undefined;
  if (typeof node.value !== 'string') return undefined;
  const text = node.value.trim();
  return /^[-+]?\d+(?:_\d+)*$/.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}

function memoryOf(node: RawScalar): number | undefined {
  const plain = integerOf(node);
  if (plain !== undefined) return plain;
  const match = /^(\d{1,9})\s*([mgt])(?:i?b)?$/i.exec(node.text.trim());
  if (match === null) return undefined;
  const factor = { m: 1, g: 1024, t: 1024 * 1024 }[match[2]?.toLowerCase() ?? ''];
  return factor === undefined ? undefined : Number(match[1]) * factor;
}

function numberOf(node: RawScalar): number | undefined {
  const value = typeof node.value === 'string' ? decimalOf(node.value) : node.value;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function decimalOf(text: string): number | undefined {
  return /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(text) ? Number(text) : undefined;
}

function urlFault(node: RawScalar): Reading | undefined {
  if (!/^(?:https?|s3|file):\/\/\S+$/i.test(node.text))
    return fault(
      node,
      `${show(node.text)} is not a URL.`,
      'Use a URL that begins with http://, https://, s3:// or file://.',
    );
  const strange = [...node.text.matchAll(/\{([^{}]*)\}/g)].find(
    ([, name]) => name !== 'v' && name !== 'hv',
  );
  return strange === undefined
    ? undefined
    : fault(
        node,
        `${show(node.text)} contains "${strange[0]}", which is not a known placeholder.`,
        'The only placeholder is {v}, the version.',
      );
}

function readList<T extends string | Volume>(
  node: RawNode,
  readItem: (item: RawScalar) => Reading<T>,
): Reading<readonly T[]> {
  const items = itemsOf(node);
  if (items === undefined)
    return fault(
      node,
      'Expected a list, but found a section.',
      'Use a list, with "- " at the beginning of each line.',
    );
  const readings = items.map((item): Reading<T> => {
    if (item.kind !== 'scalar' || item.value === null || item.text.trim() === '')
      return emptyItem(item);
    return item.text.length > maxTextLength || isMoreThanALine(item.text)
      ? textFault(item)
      : readItem(item);
  });
  const faults = readings.flatMap((reading) => reading.faults);
  return faults.length > 0
    ? { faults }
    : { value: readings.flatMap(({ value }) => value ?? []), faults };
}

function textReader(
  form: TextForm | 'access-source' | undefined,
): (item: RawScalar) => Reading<string> {
  if (form !== 'access-source') return (item) => readForm(item, form);
  return (item) => {
    const wrong = accessSourceFault(item.text);
    return wrong === undefined
      ? { value: item.text, faults: [] }
      : fault(item, `${show(item.text)} ${wrong.message}`, wrong.hint);
  };
}

const volumeForm = 'a volume such as size=500 or size=500,type=gp3,iops=6000,throughput=250';

function readVolume(item: RawScalar): Reading<Volume> {
  const volume = parseVolume(item.text);
  return volume === undefined ? formFault(item, volumeForm) : { value: volume, faults: [] };
}

const tagForm = 'Use key,value such as project,demo.';

function readTags(node: RawNode): Reading {
  const pairs: [string, string][] = [];
  const faults: ValueFault[] = [];
  const add = (item: RawNode, key: string, value: string): void => {
    const message =
      key === ''
        ? 'A tag must have a key.'
        : isMoreThanALine(`${key}${value}`)
          ? `${show(`${key},${value}`)} contains control characters.`
          : /^aws:/i.test(key)
            ? `The key ${show(key)} begins with "aws:", which is reserved by AWS.`
            : key.length > 128
              ? `The key ${show(key)} is longer than 128 characters.`
              : value.length > 256
                ? `The value of ${show(key)} is longer than 256 characters.`
                : undefined;
    if (message === undefined) pairs.push([key, value]);
    else faults.push({ message, hint: tagForm, at: item.at });
  };
  if (node.kind === 'map')
    for (const { key, value } of node.entries)
      if (value.kind === 'scalar') add(value, key.trim(), value.text.trim());
      else faults.push(...emptyItem(value).faults);
  else
    for (const item of itemsOf(node) ?? []) {
      if (item.kind !== 'scalar' || item.value === null) {
        faults.push(...emptyItem(item).faults);
        continue;
      }
      const [key, value, ...more] = item.text.split(',');
      if (key === undefined || value === undefined || more.length > 0)
        faults.push({
          message: `${show(item.text)} contains ${value === undefined ? 'no comma' : 'more than one comma'}.`,
          hint: tagForm,
          at: item.at,
        });
      else add(item, key.trim(), value.trim());
    }
  return faults.length > 0 ? { faults } : { value: Object.fromEntries(pairs), faults };
}

/** Of a section each key is a name, whatever dots it has; items of a list are `name=value`, as flags have them. */
function readProperties(node: RawNode, file: PropertyFile, example: string): Reading {
  const pairs: [string, string][] = [];
  const faults: ValueFault[] = [];
  const add = (item: RawNode, name: string, value: RawNode): void => {
    const wrong = propertyFault(file, name, value, example);
    if (wrong !== undefined) faults.push({ ...wrong, at: item.at ?? value.at });
    // What YAML takes for true or false, Spark and Hadoop know by these words only.
    else if (value.kind === 'scalar')
      pairs.push([name, typeof value.value === 'boolean' ? String(value.value) : value.text]);
  };
  if (node.kind === 'map') for (const { key, value } of node.entries) add(value, key.trim(), value);
  else
    for (const item of itemsOf(node) ?? []) {
      if (item.kind !== 'scalar' || item.value === null) {
        faults.push(...emptyItem(item).faults);
        continue;
      }
      const equals = item.text.indexOf('=');
      // Never with what stands behind it, which may be a secret.
      if (equals < 1)
        faults.push({
          message: `${show(item.text)} contains no name and value with "=" between them.`,
          hint: `Use a name and a value such as ${example}.`,
          at: item.at,
        });
      else {
        const text = item.text.slice(equals + 1).trim();
        add(item, item.text.slice(0, equals).trim(), { ...item, text, value: text });
      }
    }
  return faults.length > 0 ? { faults } : { value: Object.fromEntries(pairs), faults };
}

/** What is wrong with a property. Its value, which may be a secret, is never shown. */
function propertyFault(
  file: PropertyFile,
  name: string,
  value: RawNode,
  example: string,
): Omit<ValueFault, 'at'> | undefined {
  const wrong = propertyNameFault(file, name);
  if (wrong !== undefined)
    return { message: `${show(name, true)} ${wrong.message}`, hint: wrong.hint };
  const [exampleName = '', exampleValue = ''] = example.split('=');
  if (value.kind !== 'scalar')
    return {
      message: `${name} has ${value.kind === 'list' ? 'a list' : 'a section'} for a value.`,
      hint: `Write name and value on one line, such as ${exampleName}: ${exampleValue}. Several values are separated by commas.`,
    };
  if (value.value === null)
    return {
      message: `${name} has no value.`,
      hint: 'Add a value after the colon, or remove the line.',
    };
  if (isMoreThanALine(value.text))
    return {
      message: `The value of ${name} contains control characters.`,
      hint: 'Write it on one line, without escape sequences.',
    };
  return value.text.length > maxTextLength
    ? {
        message: `The value of ${name} is longer than ${maxTextLength} characters.`,
        hint: 'Use a shorter value.',
      }
    : undefined;
}

function emptyItem(item: RawNode): Reading<never> {
  return item.kind === 'scalar'
    ? fault(item, 'An entry is empty.', 'Add a value after the "-", or remove the line.')
    : fault(item, 'The list contains another list or a section.', 'Put one value on each line.');
}

/** A single value is a list of one, as on the command line. */
function itemsOf(node: RawNode): readonly RawNode[] | undefined {
  if (node.kind === 'list') return node.items;
  if (node.kind === 'map') return undefined;
  return node.text === '' ? [] : [node];
}

// A tab is a space to everybody who reads these.
function isMoreThanALine(text: string): boolean {
  return hasControlCharacters(text.replaceAll('\t', ' '));
}

/** No text of an option is longer. */
const maxTextLength = 4_096;

// What has line ends would go on as another line, or option, wherever it is written to.
function textFault(node: RawScalar): Reading<never> {
  if (node.text.length > maxTextLength)
    return fault(
      node,
      `${show(node.text)} is longer than ${maxTextLength} characters.`,
      'Use a shorter value.',
    );
  return fault(
    node,
    `${show(node.text)} contains control characters.`,
    'Write it on one line, without escape sequences.',
  );
}

function readForm(node: RawScalar, form: TextForm | undefined): Reading<string> {
  return form === undefined || form.pattern.test(node.text)
    ? { value: node.text, faults: [] }
    : formFault(node, form.words);
}

function formFault(node: RawScalar, form: string): Reading<never> {
  return fault(node, `${show(node.text)} is not ${form}.`, `Use ${form}.`);
}

function fault(node: RawNode, message: string, hint: string): Reading<never> {
  return { faults: [{ message, hint, at: node.at }] };
}

/** Text for a message: short, on one line, without passwords. */
function show(text: string, bare = false): string {
  const safe = redact(text.slice(0, maxTextLength));
  const short = safe.length > 60 ? `${safe.slice(0, 59)}…` : safe;
  return bare ? short : JSON.stringify(short);
}
