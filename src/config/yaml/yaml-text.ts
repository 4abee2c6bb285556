import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import type { OldScalar } from './write-scalar.ts';
import { textRefusal } from './yaml-limits.ts';
import { parseOptions } from './yaml-tree.ts';

/** Something to write: keys inside each other, with one value (as YAML text) or the items of a list at the end. */
export interface NewEntry {
  readonly keys: readonly string[];
  /** The value as text, for between brackets or not. */
  readonly value: (flow: boolean) => string | readonly string[];
}

/** A mapping or a list of the text. */
export type Collection = YAMLMap | YAMLSeq;

interface SourceToken {
  readonly type: string;
  readonly offset: number;
  readonly source: string;
}

interface SourceItem {
  readonly start: readonly SourceToken[];
  readonly sep?: readonly SourceToken[];
}

/**
 * A YAML text with the places of what is in it. Each change gives a new text that differs only where it must; the parsed
 * document belongs to the old one and isn't used again.
 */
export class YamlText {
  readonly text: string;
  readonly #document: Document.Parsed;

  /** @throws ClusterError `CONFIG_INVALID` if the text is too large or too deep to be read */
  constructor(text: string) {
    const refusal = textRefusal(text);
    if (refusal !== undefined)
      throw new ClusterError('CONFIG_INVALID', refusal.message, { remedies: advice(refusal.hint) });
    this.text = text;
    this.#document = parseDocument(text, parseOptions);
  }

  /** The mapping at the top; `undefined` if the text has nothing but comments. */
  get root(): YAMLMap | undefined {
    const { contents } = this.#document;
    return isMap(contents) ? contents : undefined;
  }

  /** The pair that counts for `key`: the last one written out in the mapping itself. */
  pairOf(map: YAMLMap, fits: (key: string) => boolean): Pair | undefined {
    return map.items.findLast(({ key }) => isScalar(key) && fits(String(key.value)));
  }

  /** Whether nothing stands behind the pair's colon. */
  isEmpty(pair: Pair): boolean {
    const { value } = pair;
    return (
      value === null ||
      (isScalar(value) &&
        value.range !== undefined &&
        value.range !== null &&
        value.range[0] === value.range[1])
    );
  }

  /** The style of the value behind a pair, for its successor. */
  oldScalar(node: unknown): OldScalar | undefined {
    if (!isScalar(node) || typeof node.value !== 'string') return undefined;
    const quote =
      node.type === 'QUOTE_DOUBLE' ? '"' : node.type === 'QUOTE_SINGLE' ? "'" : ('' as const);
    return { text: node.value, quote };
  }

  isFlow(collection: Collection): boolean {
    return collection.flow === true;
  }

  /** Puts `value` in place of a pair's value. */
  replaceValue(pair: Pair, value: string | readonly string[], inFlow: boolean): string {
    const colon = this.#colonEnd(pair);
    const old = pair.value as Node | null;
    const indent = this.#indentOf(this.#startOfPair(pair));
    const wanted =
      typeof value === 'string' ? ` ${value}` : this.#blockItems(value, `${indent}${this.#unit()}`);
    if (colon === undefined) {
      const end = this.#endOfPair(pair);
      return this.#splice(
        end,
        end,
        `:${inFlow && typeof value !== 'string' ? ` [${value.join(', ')}]` : wanted}`,
      );
    }
    if (this.isEmpty(pair) || old === null) return this.#fillEmpty(pair, colon, wanted);
    const start = this.#valueStart(pair, old);
    const end = this.#endOf(old);
    const kept = this.#promoteAnchor(old, start, end);
    const sameLine = !this.text.slice(colon, start).includes('\n');
    if (typeof value === 'string' && sameLine) {
      const text = this.text[end - 1] === '\n' ? `${value}${this.#eol()}` : value;
      return this.#splice(start, end, text, kept);
    }
    if (typeof value !== 'string' && sameLine) {
      // A list in place of one value: below the key, and the rest of the line stays with the key.
      const lineEnd = this.#lineEnd(end);
      const rest = this.text.slice(end, lineEnd).replace(/[\r\n]+$/, '');
      const newline = this.text.slice(end, lineEnd).slice(rest.length);
      return this.#splice(
        colon,
        lineEnd,
        `${rest.trim() === '' ? '' : rest}${wanted}${newline}`,
        kept,
      );
    }
    // The old value stands below its key: what is between them stays, with comments.
    const lineStart = this.#lineStart(start);
    const lineEnd = this.#lineEnd(end);
    const without = this.#splice(lineStart, lineEnd, '', kept);
    return typeof value === 'string'
      ? `${without.slice(0, colon)} ${value}${without.slice(colon)}`
      : `${without.slice(0, lineStart)}${wanted.replace(/^\r?\n/, '')}${this.text.slice(end, lineEnd) === '' ? '' : this.#eol()}${without.slice(lineStart)}`;
  }

  /** Puts `text` in place of one item of a list. */
  replaceItem(list: YAMLSeq, index: number, text: string): string {
    const { start, end } = this.#itemRange(list, index);
    const node = list.items[index] as Node;
    const valueStart = this.isFlow(list) ? start : this.#itemValueStart(list, index, node);
    return this.#splice(valueStart, end, text, this.#promoteAnchor(node, valueStart, end));
  }

  /** Takes one item out of a mapping or list, with its line and the comment on it. */
  removeItem(collection: Collection, index: number, parent: Pair | undefined): string {
    const { start, end } = this.#itemRange(collection, index);
    const item: unknown = collection.items[index];
    const node = (isPair(item) ? item.value : item) as Node | null;
    const kept =
      node === null ? undefined : this.#promoteAnchor(node, node.range?.[0] ?? start, end);
    if (this.isFlow(collection)) {
      if (collection.items.length === 1) {
        const [open, close] = collection.range ?? [start, end];
        return this.#splice(open + 1, close - 1, '', kept);
      }
      if (index + 1 < collection.items.length)
        return this.#splice(start, this.#itemRange(collection, index + 1).start, '', kept);
      return this.#splice(this.#itemRange(collection, index - 1).end, end, '', kept);
    }
    const lineStart = this.#lineStart(start);
    const lineEnd = this.#lineEnd(end);
    let text = this.#splice(lineStart, lineEnd, '', kept);
    // What was the last line without a newline stays so.
    if (lineEnd === this.text.length && !this.text.endsWith('\n') && kept === undefined)
      text = text.replace(/\r?\n$/, '');
    const anchored = parent === undefined ? undefined : this.#propsEnd(parent);
    // An anchored section that is empty must still be a section for those who take it in.
    return collection.items.length === 1 && anchored !== undefined
      ? `${text.slice(0, anchored)} {}${text.slice(anchored)}`
      : text;
  }

  /** Adds items to a list, before the item that is now at `index`. */
  insertItem(list: YAMLSeq, index: number, item: string): string {
    if (this.isFlow(list)) return this.#insertFlow(list, index, item);
    if (index === 0) {
      const at = this.#lineStart(this.#itemRange(list, 0).start);
      return this.#splice(at, at, `${this.#indentOfItem(list, 0)}- ${item}${this.#eol()}`);
    }
    return this.#insertLines(this.#itemRange(list, index - 1).end, [
      `${this.#indentOfItem(list, 0)}- ${item}`,
    ]);
  }

  /** Adds an entry to a mapping, behind its last. */
  insertEntry(map: YAMLMap, entry: NewEntry): string {
    if (this.isFlow(map)) return this.#insertFlow(map, map.items.length, flowEntry(entry));
    const indent = this.#indentOfItem(map, 0);
    const lines = blockEntry(entry, indent, this.#unit());
    const last = this.#itemRange(map, map.items.length - 1);
    if (
      map === this.root &&
      map.items.length > 1 &&
      /\n\s*\n/.test(this.text.slice(0, last.start).slice(-4))
    )
      lines.unshift('');
    return this.#insertLines(this.#behindComments(last.end, indent), lines);
  }

  /** Writes an entry below a key that has nothing behind its colon, or nothing but `null`. */
  fillEntry(map: YAMLMap, pair: Pair, entry: NewEntry): string {
    if (this.isFlow(map) || !this.isEmpty(pair) || this.#propsEnd(pair) !== undefined)
      return this.replaceValue(pair, `{${flowEntry(entry)}}`, true);
    const indent = this.#indentOf(this.#startOfPair(pair));
    const colon = this.#colonEnd(pair) ?? 0;
    // Commented-out keys below show how deep the keys of this section are meant to be.
    const comment = /^( *)#/.exec(this.text.slice(this.#lineEnd(colon)));
    const depth = (comment?.[1]?.length ?? 0) > indent.length ? comment?.[1] : undefined;
    return this.#insertLines(
      colon,
      blockEntry(entry, depth ?? `${indent}${this.#unit()}`, this.#unit()),
    );
  }

  /** Puts a mapping that takes in what an alias points at in the alias's place, with one entry more. */
  extendAlias(pair: Pair, entry: NewEntry): string {
    const alias = pair.value as Node;
    const [start, end] = alias.range ?? [0, 0];
    return this.#splice(start, end, `{<<: ${this.text.slice(start, end)}, ${flowEntry(entry)}}`);
  }

  /** Adds an entry to a text without any. */
  appendEntry(entry: NewEntry): string {
    const lines = blockEntry(entry, '', this.#unit());
    const end = /^\.\.\.\s*$/m.exec(this.text)?.index ?? this.text.length;
    const before = this.text.slice(0, end);
    const separator =
      before === '' || before === '\uFEFF' || before.endsWith('\n') ? '' : this.#eol();
    return `${before}${separator}${lines.join(this.#eol())}${this.#eol()}${this.text.slice(end)}`;
  }

  #insertFlow(collection: Collection, index: number, text: string): string {
    const { length } = collection.items;
    if (length === 0) {
      const open = (collection.range?.[0] ?? 0) + 1;
      return this.#splice(open, open, text);
    }
    if (index < length) {
      const at = this.#itemRange(collection, index).start;
      return this.#splice(at, at, `${text}, `);
    }
    const at = this.#itemRange(collection, length - 1).end;
    return this.#splice(at, at, `, ${text}`);
  }

  #fillEmpty(pair: Pair, colon: number, wanted: string): string {
    const end = this.#propsEnd(pair) ?? colon;
    if (!wanted.startsWith(' ')) {
      // A list goes below the line, behind the line's comment.
      const lineEnd = this.#lineEnd(end);
      const lines = wanted.replace(/^\r?\n/, '').split(/\r?\n/);
      return lineEnd === end ? this.#splice(end, end, wanted) : this.#insertLines(end, lines);
    }
    return this.#splice(colon, end, wanted);
  }

  /** Where the comments end that stand below an item and deeper than it: they are the item's commented-out keys. */
  #behindComments(end: number, indent: string): number {
    const from = this.#lineEnd(end);
    const comments = new RegExp(
      `^(?:[ \\t\\r]*\\n)*(?:${indent} +#.*(?:\\n|$)|(?:[ \\t\\r]*\\n)+(?=${indent} +#))*`,
    );
    const match = comments.exec(this.text.slice(from));
    return match?.[0].includes('#') === true ? from + match[0].length : end;
  }

  #insertLines(after: number, lines: readonly string[]): string {
    const at = this.#lineEnd(after);
    const eol = this.#eol();
    const text = lines.join(eol);
    return at === this.text.length && !this.text.endsWith('\n')
      ? `${this.text}${eol}${text}`
      : this.#splice(at, at, `${text}${eol}`);
  }

  /** Replaces a range; `kept` is another change, further down. */
  #splice(start: number, end: number, text: string, kept?: Replacement): string {
    const tail =
      kept === undefined
        ? this.text.slice(end)
        : this.text.slice(end, kept.start) + kept.text + this.text.slice(kept.end);
    return this.text.slice(0, start) + text + tail;
  }

  /** If others point at a value that is going, the first of them gets it. */
  #promoteAnchor(node: Node, start: number, end: number): Replacement | undefined {
    const anchor = (node as { anchor?: string }).anchor;
    if (anchor === undefined) return undefined;
    let first: Replacement | undefined;
    const source = `&${anchor} ${this.text.slice(node.range?.[0] ?? start, end).trimEnd()}`;
    visit(this.#document, {
      Alias: (_, alias) => {
        const [from, to] = alias.range ?? [0, 0];
        if (alias.source === anchor && from >= end && first === undefined)
          first = { start: from, end: to, text: source };
      },
    });
    return first;
  }

  #itemRange(collection: Collection, index: number): { start: number; end: number } {
    const item: unknown = collection.items[index];
    if (isPair(item)) return { start: this.#startOfPair(item), end: this.#endOfPair(item) };
    const node = item as Node;
    const tokens = itemTokens(collection, index);
    const mark = tokens.find(({ type }) => type === 'seq-item-ind' || isProp(type));
    const start = mark?.offset ?? node.range?.[0] ?? 0;
    const lastMark = tokens.findLast(({ type }) => type === 'seq-item-ind' || isProp(type));
    const isNothing = node.range?.[0] === node.range?.[1];
    return {
      start,
      end: isNothing && lastMark !== undefined ? endOfToken(lastMark) : this.#endOf(node),
    };
  }

  #itemValueStart(list: YAMLSeq, index: number, node: Node): number {
    const prop = itemTokens(list, index).find(({ type }) => isProp(type));
    return prop?.offset ?? node.range?.[0] ?? 0;
  }

  #startOfPair(pair: Pair): number {
    const marks = sourceOf(pair)?.start.find(
      ({ type }) => type === 'explicit-key-ind' || isProp(type),
    );
    const key = pair.key as Node | null;
    return marks?.offset ?? key?.range?.[0] ?? 0;
  }

  #endOfPair(pair: Pair): number {
    if (!this.isEmpty(pair)) return this.#endOf(pair.value as Node);
    const key = pair.key as Node | null;
    return this.#propsEnd(pair) ?? this.#colonEnd(pair) ?? key?.range?.[1] ?? 0;
  }

  #colonEnd(pair: Pair): number | undefined {
    const colon = sourceOf(pair)?.sep?.find(({ type }) => type === 'map-value-ind');
    return colon === undefined ? undefined : endOfToken(colon);
  }

  /** Where the anchor and tag before a pair's value end, if it has any. */
  #propsEnd(pair: Pair): number | undefined {
    const prop = sourceOf(pair)?.sep?.findLast(({ type }) => isProp(type));
    return prop === undefined ? undefined : endOfToken(prop);
  }

  #valueStart(pair: Pair, value: Node): number {
    const prop = sourceOf(pair)?.sep?.find(({ type }) => isProp(type));
    return prop?.offset ?? value.range?.[0] ?? 0;
  }

  #endOf(node: Node): number {
    if ((isMap(node) || isSeq(node)) && node.flow !== true) {
      const { length } = node.items;
      if (length > 0) return this.#itemRange(node, length - 1).end;
    }
    return node.range?.[1] ?? 0;
  }

  #blockItems(items: readonly string[], indent: string): string {
    return items.map((item) => `${this.#eol()}${indent}- ${item}`).join('');
  }

  #indentOfItem(collection: Collection, index: number): string {
    return this.#indentOf(this.#itemRange(collection, index).start);
  }

  #indentOf(offset: number): string {
    const lineStart = this.#lineStart(offset);
    return ' '.repeat(offset - lineStart);
  }

  #unit(): string {
    const nested = this.root?.items.find(
      ({ value }) => isMap(value) && value.flow !== true && value.items.length > 0,
    );
    const width =
      nested === undefined
        ? 2
        : this.#indentOfItem(nested.value as YAMLMap, 0).length -
          this.#indentOf(this.#startOfPair(nested)).length;
    return ' '.repeat(Math.max(1, width));
  }

  #eol(): string {
    return /\r?\n/.exec(this.text)?.[0] ?? '\n';
  }

  #lineStart(offset: number): number {
    const start = this.text.lastIndexOf('\n', offset - 1) + 1;
    return start === 0 && this.text.startsWith('\uFEFF') ? 1 : start;
  }

  /** The start of the next line, or the end of the text. */
  #lineEnd(offset: number): number {
    if (offset > 0 && this.text[offset - 1] === '\n') return offset;
    const newline = this.text.indexOf('\n', offset);
    return newline < 0 ? this.text.length : newline + 1;
  }
}

interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Whether a value of a pair is an alias, as in `ec2: *base`. */
export function isAliasPair(pair: Pair): boolean {
  return isAlias(pair.value);
}

function isProp(type: string): boolean {
  return type === 'anchor' || type === 'tag';
}

function endOfToken(token: SourceToken): number {
  return token.offset + token.source.length;
}

function sourceOf(pair: Pair): SourceItem | undefined {
  return (pair as { srcToken?: SourceItem }).srcToken;
}

function itemTokens(collection: Collection, index: number): readonly SourceToken[] {
  const token = collection.srcToken as { readonly items?: readonly SourceItem[] } | undefined;
  return token?.items?.[index]?.start ?? [];
}

function blockEntry(entry: NewEntry, indent: string, unit: string): string[] {
  const lines: string[] = [];
  let depth = indent;
  const value = entry.value(false);
  for (const [index, key] of entry.keys.entries()) {
    const last = index === entry.keys.length - 1;
    lines.push(`${depth}${key}:${last && typeof value === 'string' ? ` ${value}` : ''}`);
    depth += unit;
  }
  if (typeof value !== 'string') lines.push(...value.map((item) => `${depth}- ${item}`));
  return lines;
}

function flowEntry(entry: NewEntry): string {
  const value = entry.value(true);
  const text = typeof value === 'string' ? value : `[${value.join(', ')}]`;
  const keys = [...entry.keys].reverse();
  return keys.reduce((inner, key, index) => `${key}: ${index === 0 ? inner : `{${inner}}`}`, text);
}
