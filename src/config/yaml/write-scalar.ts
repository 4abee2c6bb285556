import { readPlainScalar } from './plain-scalar.ts';

/** How the value that is replaced was written: its style is kept where it can be. */
export interface OldScalar {
  /** The text between the quotes, if there are any. */
  readonly text: string;
  readonly quote: '"' | "'" | '';
}

/**
 * A value as YAML text on one line that PyYAML and we read back as the same value.
 *
 * @param flow whether it is to stand between brackets, where commas and brackets need quotes
 */
export function writeScalar(
  value: boolean | number | string,
  flow: boolean,
  old?: OldScalar,
): string {
  if (typeof value === 'boolean') return writeBoolean(value, old);
  if (typeof value === 'number') return String(value);
  if (old?.quote === "'" && /^[\x20-\x7E\p{L}\p{N}]*$/u.test(value))
    return `'${value.replaceAll("'", "''")}'`;
  return old?.quote !== '"' && canBePlain(value, flow) ? value : writeQuoted(value);
}

const booleanWords = [
  ['yes', 'no'],
  ['true', 'false'],
  ['on', 'off'],
] as const;

/** `no` becomes `yes`, `False` becomes `True`: the user's own words. */
function writeBoolean(value: boolean, old: OldScalar | undefined): string {
  const before = old?.text ?? '';
  const pair = booleanWords.find((words) =>
    words.some((word) => word === before.toLowerCase()),
  ) ?? ['true', 'false'];
  const word = pair[value ? 0 : 1];
  if (before === '' || before === before.toLowerCase()) return word;
  return before === before.toUpperCase()
    ? word.toUpperCase()
    : word.charAt(0).toUpperCase() + word.slice(1);
}

function canBePlain(text: string, flow: boolean): boolean {
  return (
    /^[\p{L}\p{N}_./~\\][\p{L}\p{N}_./~\\+@%=?*&!(){}[\],:;#$^'"<>| -]*$/u.test(text) &&
    !/: |:$| #| $|^~$|^\.\.\.|^\d{4}-\d/.test(text) &&
    !(flow && /[^\p{L}\p{N}_.~\\/+=-]/u.test(text)) &&
    typeof readPlainScalar(text) === 'string'
  );
}

function writeQuoted(text: string): string {
  const escaped = Array.from(text, (char) => {
    if (char === '"' || char === '\\') return `\\${char}`;
    if (char === '\n') return '\\n';
    if (char === '\t') return '\\t';
    if (/^[\x20-\x7E\p{L}\p{N}]$/u.test(char)) return char;
    const code = char.codePointAt(0) ?? 0;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `"${escaped.join('')}"`;
}
