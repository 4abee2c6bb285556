/**
 * Reads a properties file as `spark-submit --properties-file` does: Java's format (`java.util.Properties`), of which only keys that begin
 * with `spark.` count.
 */
export function parseProperties(text: string): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const line of logicalLines(text)) {
    const [, key = '', value = ''] =
      /^((?:\\[\s\S]|[^\\\s=:])+)(?:\s*[=:]\s*|\s+|$)([\s\S]*)$/.exec(line) ?? [];
    const name = unescape(key);
    if (name.startsWith('spark.')) properties[name] = unescape(value).trim();
  }
  return properties;
}

/**
 * A property as a line of such a file: of what Java reads as something else, and of what has no place in a text of ASCII or in one of
 * {@link sparkDefaultsTemplate}'s, the number stands there.
 */
export function propertyLine(name: string, value: string): string {
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll(/[^ -~]|@|^ /g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `${name.replaceAll(/[:=#!\\]/g, '\\$&')} ${escaped}\n`;
}

/** Lines without comments; one that ends in a backslash goes on in the next. */
function* logicalLines(text: string): Generator<string> {
  let begun = '';
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.replace(/^[ \t\f]+/, '');
    if (begun === '' && (line === '' || /^[#!]/.test(line))) continue;
    const backslashes = /\\*$/.exec(line)?.[0].length ?? 0;
    if (backslashes % 2 === 1) {
      begun += line.slice(0, -1);
      continue;
    }
    yield begun + line;
    begun = '';
  }
  if (begun !== '') yield begun;
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescape(text: string): string {
  return text.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g,
    (_all, code: string | undefined, char: string | undefined) =>
      code === undefined
        ? (escapes[char ?? ''] ?? char ?? '')
        : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
