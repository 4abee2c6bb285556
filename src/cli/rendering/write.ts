import { plainText } from '../../base/plain-text.ts';
import type { Output } from '../io.ts';
import { type Line, paint } from './palette.ts';

// All that the command line prints goes through here (the live picture and a shell on a node have the terminal to themselves): much of
// it was written by others, and a terminal obeys what it is told.

/** Prints a line of ours. */
export function writeLine(output: Output, line: Line, color: boolean): void {
  output.write(`${paint(line, color)}\n`);
}

/** Shows a line of ours in place of the one that was shown so before, until something else is printed; an empty one takes it away. */
export function showLine(output: Output, text: string): void {
  const width = Math.max(0, (output.columns ?? 80) - 1);
  output.write(`\r${plainText(text).slice(0, width)}\u001B[K`);
}

/** Prints a text of this program's own, such as help: nothing in it comes from elsewhere. */
export function writeOwnText(output: Output, text: string): void {
  output.write(text);
}

/** Prints a value as JSON in one line, with nothing in it that a terminal would obey. */
export function writeJson(output: Output, value: object): void {
  output.write(
    `${JSON.stringify(value).replaceAll(
      /[\u007F-\u009F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )}\n`,
  );
}

/** Prints what a program on the cluster printed, byte for byte, into a pipe or a file; to a terminal {@link writeProgramText} prints it. */
export function writeProgramBytes(output: Output, bytes: Uint8Array): void {
  if (!output.isTTY) output.write(bytes);
}

/**
 * Prints what a program on the cluster printed to a terminal, which its author may not be trusted with: without anything but text, line
 * breaks, carriage returns and tabs. Into a pipe or a file {@link writeProgramBytes} prints it.
 */
export function writeProgramText(output: Output, text: string): void {
  if (output.isTTY) output.write(terminalText(text));
}

/** Prints a line that a program on a node printed, behind a head of ours. */
export function writeProgramLine(output: Output, head: Line, line: string, color: boolean): void {
  output.write(paint(head, color));
  // Nor may it go back over our head to the line.
  output.write(`${output.isTTY ? plainText(line, { tabs: true }) : line}\n`);
}

function terminalText(text: string): string {
  return text
    .split('\r')
    .map((part) => plainText(part, { lines: true, tabs: true }))
    .join('\r');
}
