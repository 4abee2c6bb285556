import { readFileSync, statSync } from 'node:fs';
import type { ProviderKind } from '../model/cluster/cluster.ts';
import { ClusterError } from '../model/errors.ts';
import { advice } from '../model/remedy.ts';
import { maxFileBytes } from './find.ts';
import type { KeyPosition, LoadedConfig } from './loaded-config.ts';
import { isMesos, mesosRemoved } from './mesos.ts';
import { foldKey, type KnownKey, knownRoot, type KnownSection } from './options/config-keys.ts';
import {
  type OptionName,
  options,
  type OptionValue,
  type PartialValues,
} from './options/options.ts';
import type { ConfigProblem } from './problem.ts';
import { coerce } from './values/coerce.ts';
import { suggest } from './values/suggest.ts';
import type { Position, RawEntry, RawMap } from './yaml/raw-node.ts';
import { type TextRefusal, tooLarge } from './yaml/yaml-limits.ts';
import { readYaml, type YamlTree } from './yaml/yaml-tree.ts';

/**
 * Reads a configuration file.
 *
 * What is wrong in the file is in the result, not thrown.
 *
 * @throws ClusterError `CONFIG_NOT_FOUND` if there is no such file, `CONFIG_INVALID` if it can't be read
 */
export function loadConfig(file: string): LoadedConfig {
  let bytes: Buffer;
  try {
    if (statSync(file).size > maxFileBytes) return unread(file, tooLarge);
    bytes = readFileSync(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new ClusterError(
        'CONFIG_NOT_FOUND',
        `The configuration file "${file}" was not found.`,
        {
          cause,
          remedies: advice('Check the path, or create the file.'),
        },
      );
    throw new ClusterError(
      'CONFIG_INVALID',
      code === 'EISDIR'
        ? `"${file}" is a folder, not a configuration file.`
        : `The configuration file "${file}" can’t be read: ${code ?? String(cause)}.`,
      { cause },
    );
  }
  try {
    return parseConfig(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
      file,
    );
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    return unread(file, {
      at: { line: 1, column: 1 },
      message: 'The file is not UTF-8 text.',
      hint: 'Save it as UTF-8.',
    });
  }
}

/** A file that was not read, and why. */
function unread(file: string, { at, message, hint }: TextRefusal): LoadedConfig {
  const problem: ConfigProblem = {
    severity: 'error',
    file,
    line: at.line,
    column: at.column,
    key: null,
    message,
    hint,
  };
  return {
    file,
    values: {},
    positions: {},
    mentions: new Map(),
    faulty: new Set(),
    sections: {},
    problems: [problem],
  };
}

/**
 * Reads the text of a configuration file as the Python tool would, and finds everything that is wrong with it.
 *
 * @param file the name that its problems carry
 *
 * @example
 * ```ts
 * const { values, problems } = parseConfig('launch:\n  num-slaves: 2\n', 'config.yaml');
 * ```
 */
export function parseConfig(text: string, file: string): LoadedConfig {
  return new ConfigReader(file, readYaml(text)).read();
}

/** A value that the file gives to an option; several may. */
interface Found {
  readonly rank: number;
  readonly value: OptionValue | undefined;
  readonly position: KeyPosition;
}

class ConfigReader {
  readonly #file: string;
  readonly #tree: YamlTree;
  readonly #problems: ConfigProblem[] = [];
  readonly #found = new Map<OptionName, Found>();
  readonly #mentions = new Map<OptionName, { rank: number; key: string }[]>();
  readonly #faulty = new Set<OptionName>();
  readonly #sections: Partial<Record<ProviderKind, KeyPosition>> = {};

  constructor(file: string, tree: YamlTree) {
    this.#file = file;
    this.#tree = tree;
  }

  read(): LoadedConfig {
    for (const { severity, at, message, hint } of this.#tree.problems)
      this.#problem(severity, at, null, message, hint);
    const { root } = this.#tree;
    if (root?.kind === 'map') this.#section(knownRoot, root, []);
    else if (root !== null)
      this.#problem(
        'error',
        root.at,
        null,
        `The file contains ${root.kind === 'list' ? 'a list' : 'a single value'} instead of sections.`,
        'Use the sections "launch:", "services:" and "providers:" with their keys below them.',
      );
    const values: Partial<Record<OptionName, OptionValue>> = {};
    const positions: Partial<Record<OptionName, KeyPosition>> = {};
    for (const [name, { value, position }] of this.#found) {
      if (value === undefined) continue;
      values[name] = value;
      positions[name] = position;
    }
    return {
      file: this.#file,
      // Each value was coerced to its option's type.
      values: values as PartialValues,
      positions,
      mentions: this.#mentionedKeys(),
      faulty: this.#faulty,
      sections: this.#sections,
      problems: this.#problems.sort(
        (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
      ),
    };
  }

  #section(known: KnownSection, map: RawMap, path: readonly string[]): void {
    for (const entry of map.entries) {
      const child = known.children.get(foldKey(entry.key));
      if (child === undefined) this.#unknown(known, entry, path);
      else if (child.kind === 'option') this.#option(child, entry, path);
      else this.#subsection(child, entry, [...path, entry.key]);
    }
  }

  #subsection(known: KnownSection, entry: RawEntry, path: readonly string[]): void {
    const key = path.join('.');
    const { value } = entry;
    if (value.kind === 'map') {
      if (value.entries.length > 0) this.#noteProvider(known, entry, path);
      this.#section(known, value, path);
    } else if (value.kind === 'list' || value.value !== null)
      this.#problem(
        'error',
        value.at,
        key,
        `${key}: Expected a section, but found ${value.kind === 'list' ? 'a list' : 'a single value'}.`,
        `Put its keys on the lines below "${entry.key}:" and indent them, such as "${firstKeyOf(known)}: …".`,
      );
  }

  #noteProvider(known: KnownSection, entry: RawEntry, path: readonly string[]): void {
    const parent = path.length === 1 ? '' : foldKey(path[0] ?? '');
    const { spelling } = known;
    if ((parent === '' || parent === 'providers') && (spelling === 'ec2' || spelling === 'local'))
      this.#sections[spelling] ??= positionOf(entry.at, path.join('.'));
  }

  #option(known: KnownKey & { kind: 'option' }, entry: RawEntry, path: readonly string[]): void {
    const key = [...path, entry.key].join('.');
    const { name, rank } = known;
    this.#mentions.set(name, [...(this.#mentions.get(name) ?? []), { rank, key }]);
    const { value, faults } = coerce(options[name], entry.value);
    for (const { message, hint, at } of faults)
      this.#problem('error', at ?? entry.at, key, `${key}: ${message}`, hint);
    if (faults.length > 0) this.#faulty.add(name);
    const position = positionOf(entry.at, key);
    const earlier = this.#found.get(name);
    if (value === undefined && earlier !== undefined) return;
    if (earlier?.value !== undefined) {
      const wins = rank >= earlier.rank;
      this.#problem(
        'warning',
        entry.at,
        key,
        `${key}: Line ${earlier.position.line} sets the same option (${earlier.position.key}); ${wins ? 'this one' : 'that one'} is used.`,
        'Remove one of them.',
      );
      if (!wins) return;
    }
    this.#found.set(name, { rank, value, position });
  }

  #mentionedKeys(): ReadonlyMap<OptionName, readonly string[]> {
    return new Map(
      [...this.#mentions].map(([name, mentions]) => [
        name,
        mentions.sort((a, b) => a.rank - b.rank).map(({ key }) => key),
      ]),
    );
  }

  #unknown(known: KnownSection, entry: RawEntry, path: readonly string[]): void {
    const key = [...path, entry.key].join('.');
    const folded = foldKey(entry.key);
    const where = path.length === 0 ? 'at the top of the file' : `in ${path.join('.')}`;
    if (isMesos(folded)) {
      this.#problem('error', entry.at, key, `${key}: ${mesosRemoved.message}`, mesosRemoved.hint);
      return;
    }
    // The usual place for anchors, as in Compose files.
    if (path.length === 0 && folded.startsWith('x-')) return;
    const meant = suggest(
      entry.key,
      [...known.children.values()].map((child) => spellingOf(child)),
    );
    if (meant !== undefined) {
      this.#problem(
        'error',
        entry.at,
        key,
        `Unknown key "${entry.key}" ${where}.`,
        `Did you mean "${meant}"?`,
      );
      return;
    }
    const elsewhere = homeOf(folded);
    this.#problem(
      'warning',
      entry.at,
      key,
      `Unknown key "${entry.key}" ${where}; it is ignored.`,
      elsewhere === undefined ? null : `Use "${elsewhere}" instead.`,
    );
  }

  #problem(
    severity: ConfigProblem['severity'],
    at: Position | null,
    key: string | null,
    message: string,
    hint: string | null,
  ): void {
    // Behind a syntax error the tree is guesswork; the syntax errors themselves carry no key.
    if (key !== null && at !== null && at.line >= this.#tree.soundUntil) return;
    this.#problems.push({
      severity,
      file: this.#file,
      line: at?.line ?? null,
      column: at?.column ?? null,
      key,
      message,
      hint,
    });
  }
}

function positionOf(at: Position | null, key: string): KeyPosition {
  return { line: at?.line ?? 1, column: at?.column ?? 1, key };
}

function spellingOf(known: KnownKey): string {
  return known.spelling;
}

function firstKeyOf(known: KnownSection): string {
  return [...known.children.values()].map(spellingOf)[0] ?? '';
}

/** The canonical key of the option whose last part is `leaf`, for keys that stand in the wrong section. */
function homeOf(leaf: string): string | undefined {
  return Object.values(options).find(({ key }) => key.split('.').at(-1) === leaf)?.key;
}
