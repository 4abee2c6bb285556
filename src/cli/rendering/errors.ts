import { configErrors, type ConfigProblem } from '../../config/problem.ts';
import { type ClusterError, isClusterError } from '../../model/errors.ts';
import type { Remedy } from '../../model/remedy.ts';
import { formatCount } from '../../text/counts.ts';
import type { ClusterFlag } from './command-line.ts';
import type { Line } from './palette.ts';
import { remedyLine } from './remedies.ts';
import { oneLine, wrap, wrapIndented } from './text-layout.ts';

/**
 * An error as a user reads it: what is wrong, what to do, its code.
 *
 * @param given the flags of the call that failed
 */
export function errorLines(
  error: ClusterError,
  width: number,
  given: readonly ClusterFlag[],
): Line[] {
  const { code, remedies } = error;
  const problems = configErrors(error);
  const message =
    problems.length === 0
      ? error.message
      : `The configuration has ${formatCount(problems.length, 'problem')}:`;
  const [first = '', ...more] = message
    .split('\n')
    .flatMap((line, index) =>
      index === 0
        ? wrap(line, width - 7).map((part, at) => (at === 0 ? part : `  ${part}`))
        : wrapIndented(line, width),
    );
  const head: Line = code === 'ABORTED' ? [[first]] : [['error: ', 'red'], [first]];
  return [
    head,
    ...more.map((line): Line => [[line]]),
    ...problems.flatMap((problem) => problemLines(problem, width)),
    ...leftOf(error)
      .flatMap((left) => wrapIndented(`  not removed: ${oneLine(left)}`, width))
      .map((line): Line => [[line]]),
    ...remedyLines(remedies, width, given),
    ...(code === 'ABORTED' ? [] : [[[`  ${code}`, 'dim']] satisfies Line]),
  ];
}

/** What to do, one remedy a line; a long one goes on in the next. */
export function remedyLines(
  remedies: readonly Remedy[],
  width: number,
  given: readonly ClusterFlag[],
): Line[] {
  return remedies
    .flatMap((remedy) => wrap(oneLine(remedyLine(remedy, given)), width - 2))
    .map((line) => [[`  ${line}`]]);
}

/** A problem of the configuration: `file:line:column: what is wrong`, and what would be right. */
export function problemLines(
  { file, line, column, message, hint }: ConfigProblem,
  width: number,
): Line[] {
  const position = [file, line, column].filter((part) => part !== null).join(':');
  // Whole, however long it is: an editor or a terminal opens the file by it.
  const place = position === '' ? '' : `${position}: `;
  const [first = '', ...more] = wrapIndented(`  ${place}${message}`, width, place);
  const hints = hint === null ? [] : wrapIndented(`    ${hint}`, width);
  return [
    [[`  ${place}`, 'bold'], [first.slice(2 + place.length)]],
    ...[...more, ...hints].map((text): Line => [[text]]),
  ];
}

/** Where an error comes from: its stack and those of its causes. */
export function debugLines(error: unknown): string[] {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  let current = error;
  while (current !== undefined && current !== null && !seen.has(current)) {
    seen.add(current);
    const text =
      current instanceof Error ? (current.stack ?? current.message) : JSON.stringify(current);
    lines.push(...`${lines.length === 0 ? '' : 'caused by: '}${text}`.split('\n'));
    if (isClusterError(current) && Object.keys(current.details).length > 0)
      lines.push(`    details: ${JSON.stringify(current.details)}`);
    if (current instanceof AggregateError)
      for (const one of current.errors) lines.push(...debugLines(one).map((line) => `  ${line}`));
    current = current instanceof Error ? current.cause : undefined;
  }
  return lines;
}

/** What a clean-up could not remove, unless the message names it already. */
function leftOf({ message, details }: ClusterError): string[] {
  if (!Array.isArray(details['left'])) return [];
  return (details['left'] as string[]).filter((left) => !message.includes(left));
}
