/** A place in a text. */
export interface Position {
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

/** A single value as it was written, and as it was understood. */
export interface RawScalar {
  readonly kind: 'scalar';
  /** The text as written, without quotes. */
  readonly text: string;
  readonly value: null | boolean | number | string;
  readonly at: Position | null;
}

/** A list as it was written. */
interface RawList {
  readonly kind: 'list';
  readonly items: readonly RawNode[];
  readonly at: Position | null;
}

/** A key with its value. */
export interface RawEntry {
  /** The key as written, without quotes. */
  readonly key: string;
  readonly at: Position | null;
  readonly value: RawNode;
}

/** A mapping as it was written; each key is in it once. */
export interface RawMap {
  readonly kind: 'map';
  readonly entries: readonly RawEntry[];
  readonly at: Position | null;
}

/** A value of a configuration before it is known which option it is for, whether it comes from a file, a flag or a program. */
export type RawNode = RawScalar | RawList | RawMap;
