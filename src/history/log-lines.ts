import { StringDecoder } from 'node:string_decoder';

/** A longer line isn't read, in characters: the plan of a query may have several million, and no finding is about it. */
const maxLineLength = 16_000_000;

/** The lines of a log as they come; `undefined` stands for one that is too long. A last one without an end may be half of one. */
export async function* logLines(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<string | undefined> {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let length = 0;
  const take = (): string | undefined => {
    const line = length > maxLineLength ? undefined : parts.join('');
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of bytes) {
    const text = decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      length += end - start;
      if (length <= maxLineLength) parts.push(text.slice(start, end));
      yield take();
      start = end + 1;
    }
    length += text.length - start;
    if (length <= maxLineLength) parts.push(text.slice(start));
  }
  if (length > 0) yield take();
}
