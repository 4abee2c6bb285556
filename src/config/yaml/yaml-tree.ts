import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { readPlainScalar } from './plain-scalar.ts';
import type { Position, RawEntry, RawMap, RawNode } from './raw-node.ts';
import { findTabs, type RepairedText, repairTabs } from './tabs.ts';
import { syntaxFault } from './yaml-faults.ts';
import { maxMergedEntries, textRefusal } from './yaml-limits.ts';

/** Something about a text that has nothing to do with options. */
interface TextProblem {
  readonly severity: 'error' | 'warning';
  readonly at: Position;
  readonly message: string;
  readonly hint: string;
}

/** What a YAML text says. */
export interface YamlTree {
  /** `null` if there is nothing in it. */
  readonly root: RawNode | null;
  /** In the order of the text. */
  readonly problems: readonly TextProblem[];
  /** The line from which on the tree can't be relied on, because the text makes no sense there. */
  readonly soundUntil: number;
}

/**
 * Reads YAML as PyYAML's `safe_load` does: its own resolver, `<<` merges, the last of two same keys wins, one document, tabs
 * refused. By hand, as the schemas of the package `yaml` differ from PyYAML's resolver in `y`, `1e3` and `3.10`, among others.
 * What can be read of a faulty text is read, so that its other problems are found too.
 */
export function readYaml(text: string): YamlTree {
  // A byte order mark isn't a column.
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const refusal = textRefusal(body);
  if (refusal !== undefined)
    return {
      root: null,
      problems: [{ severity: 'error', ...refusal }],
      soundUntil: refusal.at.line,
    };
  const reader = new TreeReader(body);
  return reader.read();
}

/** How every text here is parsed: nothing is resolved, so that each scalar is there as it was written. */
export const parseOptions = {
  version: '1.1',
  schema: 'failsafe',
  uniqueKeys: false,
  keepSourceTokens: true,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

// What PyYAML's reader refuses anywhere in a text.
const unprintable = /[^\t\n\r\x20-\x7E\x85\xA0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

class TreeReader {
  readonly #text: string;
  readonly #problems: TextProblem[] = [];
  readonly #anchors = new Map<string, RawNode>();
  #shifts: RepairedText['shifts'] = new Map();
  #lines = new LineCounter();
  #mergedEntriesLeft = maxMergedEntries;

  constructor(text: string) {
    this.#text = text;
  }

  read(): YamlTree {
    const { documents, soundUntil } = this.#parse();
    const [first, second] = documents;
    if (second !== undefined)
      this.#problem(
        'error',
        this.#place(second.range[0]),
        'The file contains a second document.',
        'A configuration is one document; remove the "---".',
      );
    const contents = first?.contents ?? null;
    const root = contents === null ? null : this.#node(contents);
    this.#problems.sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
    return {
      root: root?.kind === 'scalar' && root.value === null ? null : root,
      problems: this.#problems,
      soundUntil,
    };
  }

  #parse(): { documents: Document.Parsed[]; soundUntil: number } {
    const printable = this.#withoutUnprintables();
    const tabs = findTabs(printable);
    this.#reportTabs(printable, tabs);
    let documents: Document.Parsed[] = [];
    let errors = 0;
    for (const attempt of tabs.length === 0
      ? [{ text: printable, shifts: new Map<number, number>() }]
      : repairTabs(printable, tabs)) {
      // Counted by ourselves: the parser misses line ends inside a quoted key.
      this.#lines = lineCounterOf(attempt.text);
      this.#shifts = attempt.shifts;
      const parsed = parseAllDocuments(attempt.text, parseOptions);
      documents = 'empty' in parsed ? [] : parsed;
      errors = documents.reduce((sum, document) => sum + document.errors.length, 0);
      if (errors === 0) break;
    }
    return { documents, soundUntil: errors === 0 ? Infinity : this.#reportErrors(documents) };
  }

  #withoutUnprintables(): string {
    this.#lines = lineCounterOf(this.#text);
    return this.#text.replace(unprintable, (char, offset: number) => {
      const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      this.#problem(
        'error',
        this.#place(offset),
        `The character U+${code} is not allowed in YAML.`,
        'Remove it, or write it as an escape sequence inside double quotes.',
      );
      return ' '.repeat(char.length);
    });
  }

  #reportTabs(text: string, tabs: readonly number[]): void {
    let lastLine = 0;
    for (const offset of tabs) {
      const at = this.#place(offset);
      if (at.line === lastLine) continue;
      lastLine = at.line;
      const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
      const indenting = text.slice(lineStart, offset).trim() === '';
      this.#problem(
        'error',
        at,
        indenting ? 'The indentation contains a tab.' : 'A tab separates words.',
        'YAML allows only spaces here; replace the tab.',
      );
    }
  }

  /** One problem a line: what follows a syntax error on its line is mostly the same error again. */
  #reportErrors(documents: readonly Document.Parsed[]): number {
    const lines = new Set<number>();
    for (const error of documents.flatMap((document) => document.errors)) {
      const at = this.#place(error.pos[0]);
      if (lines.has(at.line)) continue;
      lines.add(at.line);
      const { message, hint } = syntaxFault(error.code, error.message);
      this.#problem('error', at, message, hint);
    }
    return Math.min(...lines);
  }

  #node(node: Node): RawNode {
    if (isAlias(node)) return this.#alias(node);
    if (isScalar(node)) return this.#remember(node, this.#scalar(node));
    return isMap(node) ? this.#map(node) : this.#list(node);
  }

  #alias(node: Alias): RawNode {
    const target = this.#anchors.get(node.source);
    const at = this.#place(node.range?.[0] ?? 0);
    if (target !== undefined) return { ...target, at };
    this.#problem(
      'error',
      at,
      `The alias "*${node.source}" has no anchor.`,
      `Put "&${node.source}" before the value to repeat, or put quotes around the alias if it is text.`,
    );
    return { kind: 'scalar', text: '', value: null, at };
  }

  #scalar(node: Scalar): RawNode {
    const text = typeof node.value === 'string' ? node.value : '';
    const at = this.#place(node.range?.[0] ?? 0);
    const plain = node.type === 'PLAIN';
    const tag = node.tag?.replace('tag:yaml.org,2002:', '!!');
    if (tag === undefined || tag === '!')
      return { kind: 'scalar', text, value: plain ? readPlainScalar(text) : text, at };
    if (tag === '!!str') return { kind: 'scalar', text, value: text, at };
    const value = readPlainScalar(text);
    const fits =
      (tag === '!!null' && value === null) ||
      (tag === '!!bool' && typeof value === 'boolean') ||
      ((tag === '!!int' || tag === '!!float') && typeof value === 'number');
    if (!fits)
      this.#problem(
        'error',
        at,
        `The tag "${tag}" is not supported here.`,
        'Remove the tag; to make a value text, put quotes around it.',
      );
    return { kind: 'scalar', text, value: fits ? value : text, at };
  }

  #list(node: YAMLSeq): RawNode {
    this.#refuseTag(node, '!!seq');
    const items: RawNode[] = [];
    const list = this.#remember(node, {
      kind: 'list',
      items,
      at: this.#place(node.range?.[0] ?? 0),
    });
    for (const item of node.items)
      items.push(
        isPair(item)
          ? { kind: 'map', entries: [], at: this.#place(offsetOf(item)) }
          : this.#node(item as Node),
      );
    return list;
  }

  #map(node: YAMLMap): RawNode {
    this.#refuseTag(node, '!!map');
    const entries: RawEntry[] = [];
    const map = this.#remember(node, {
      kind: 'map',
      entries,
      at: this.#place(node.range?.[0] ?? 0),
    });
    const own = new Map<string, RawEntry>();
    const merged = new Map<string, RawEntry>();
    for (const pair of node.items) {
      const keyNode = pair.key as Node | null;
      const at = this.#place(offsetOf(pair));
      const value: RawNode =
        pair.value === null
          ? { kind: 'scalar', text: '', value: null, at }
          : this.#node(pair.value as Node);
      const key = keyNode === null ? null : this.#node(keyNode);
      if (key !== null && key.kind !== 'scalar') {
        this.#problem(
          'error',
          at,
          'Expected a key, but found a list or section.',
          'Use a word as the key.',
        );
        continue;
      }
      const text = key?.text ?? '';
      if (text === '<<' && isScalar(keyNode) && keyNode.type === 'PLAIN') {
        for (const entry of this.#mergedEntries(value, at)) merged.set(entry.key, entry);
        continue;
      }
      const earlier = own.get(text);
      if (earlier !== undefined)
        this.#problem(
          'warning',
          at,
          `Duplicate key "${text}": it is also on line ${earlier.at?.line ?? 0}; the last one is used.`,
          'Remove one of them.',
        );
      own.set(text, { key: text, at, value });
    }
    for (const [key, entry] of merged) if (!own.has(key)) entries.push(entry);
    entries.push(...own.values());
    return map;
  }

  #mergedEntries(value: RawNode, at: Position): readonly RawEntry[] {
    const maps = value.kind === 'list' ? [...value.items].reverse() : [value];
    if (maps.every((map): map is RawMap => map.kind === 'map')) {
      this.#mergedEntriesLeft -= maps.reduce((sum, map) => sum + 1 + map.entries.length, 0);
      if (this.#mergedEntriesLeft < 0) {
        this.#problem(
          'error',
          at,
          `"<<" merges more than ${maxMergedEntries} entries in this file.`,
          'Write the keys out instead.',
        );
        return [];
      }
      return maps.flatMap((map) => map.entries.map((entry) => ({ ...entry, at })));
    }
    this.#problem(
      'error',
      at,
      '"<<" can merge only a section.',
      'Use "<<: *name" with a section that has the anchor "&name".',
    );
    return [];
  }

  #refuseTag(node: YAMLMap | YAMLSeq, usual: string): void {
    const tag = node.tag?.replace('tag:yaml.org,2002:', '!!');
    if (tag === undefined || tag === usual || tag === '!') return;
    this.#problem(
      'error',
      this.#place(node.range?.[0] ?? 0),
      `The tag "${tag}" is not supported here.`,
      'Remove the tag.',
    );
  }

  #remember<T extends RawNode>(node: Node, raw: T): T {
    const { anchor } = node as { anchor?: string };
    if (anchor !== undefined) this.#anchors.set(anchor, raw);
    return raw;
  }

  #place(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: Math.max(1, col - (this.#shifts.get(line) ?? 0)) };
  }

  #problem(severity: TextProblem['severity'], at: Position, message: string, hint: string): void {
    this.#problems.push({ severity, at, message, hint });
  }
}

/** Where a pair's key begins, or its value if the key is empty. */
function offsetOf(pair: Pair): number {
  const node = (pair.key ?? pair.value) as Node | null;
  return node?.range?.[0] ?? 0;
}

function lineCounterOf(text: string): LineCounter {
  const counter = new LineCounter();
  counter.addNewLine(0);
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) counter.addNewLine(i + 1);
  return counter;
}
