const quotes = /"""|'''/g;
/** Words that go on with the block before them. */
const goesOn = /^(?:else|elif|except|finally)\b|^[)\]}]/;

/**
 * Lines of a Python program as its prompt takes them: not indented, and with an empty line only where a block ends, which is what ends
 * it there.
 */
export function replText(selection: string): string {
  const lines = selection.replaceAll('\r\n', '\n').split('\n');
  const indents = lines
    .filter((line) => line.trim() !== '')
    .map((line) => /^[ \t]*/.exec(line)?.[0].length ?? 0);
  const common = Math.min(...indents, Infinity);
  const out: string[] = [];
  let isQuoted = false;
  let isInBlock = false;
  for (const line of lines) {
    const wasQuoted = isQuoted;
    if ((line.match(quotes)?.length ?? 0) % 2 === 1) isQuoted = !isQuoted;
    if (wasQuoted) {
      out.push(line);
      continue;
    }
    if (line.trim() === '') continue;
    const text = line.slice(common).trimEnd();
    const isIndented = /^[ \t]/.test(text);
    if (isInBlock && !isIndented && !goesOn.test(text)) out.push('');
    // A decorator or a line that opens a block is one, too.
    isInBlock = isIndented || /:\s*(?:#.*)?$/.test(text);
    out.push(text);
  }
  return [...out, ...(isInBlock ? [''] : [])].join('\n');
}
