import type { PythonLine } from '../model/history/application.ts';

/** How much of an error is looked at, in characters. */
const maxErrorLength = 20_000;
const maxPartLength = 400;

/** An error of a task, in one line, and where it comes from. */
export interface ErrorOrigin {
  readonly error: string;
  readonly python: PythonLine | null;
}

/** Files that are Spark’s or Python’s own, as nodes have them: the user can’t change them. */
const notTheUsers =
  /[\\/](pyspark|site-packages|dist-packages|py4j)([\\/.]|$)|pyspark\.zip|^<(?!stdin|string|ipython)|[\\/]lib[\\/]python3/;

/**
 * Finds what went wrong in the text of a task’s error, and the line of the user’s Python that it comes from: the innermost one that
 * is neither Spark’s nor a library’s.
 *
 * @param text the error, with Python’s traceback if there is one
 */
export function originOf(text: string): ErrorOrigin {
  const lines = text.slice(0, maxErrorLength).split('\n');
  const begin = lines.findIndex((line) => line.includes('Traceback (most recent call last):'));
  if (begin < 0)
    return { error: cut(lines.find((line) => line.trim() !== '') ?? ''), python: null };
  let python: PythonLine | null = null;
  let last: PythonLine | null = null;
  let error = '';
  for (let at = begin + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const frame = /^ {2}File "([^"]{1,1000})", line (\d{1,9}), in (.{1,200})$/.exec(line);
    if (frame !== null) {
      const [, file = '', number = '', name = ''] = frame;
      const code = lines[at + 1]?.startsWith('    ') === true ? cut(lines[at + 1] ?? '') : null;
      last = { file, line: Number(number), function: name, code };
      if (!notTheUsers.test(file)) python = last;
      continue;
    }
    if (/^\S/.test(line) && line.trim() !== '') {
      error = cut(line);
      // "During handling of the above exception …" begins another traceback: the last one is what came of it.
      if (!/^(During handling|The above exception|Traceback)/.test(line)) {
        const more = lines
          .slice(at + 1, at + 6)
          .some((next) => /^(During handling|The above exception)/.test(next));
        if (!more) break;
      }
    }
  }
  return { error: error || cut(lines[begin] ?? ''), python };
}

function cut(text: string): string {
  const line = text.trim();
  return line.length > maxPartLength ? `${line.slice(0, maxPartLength)}…` : line;
}
