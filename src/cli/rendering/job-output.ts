import type { EventCode } from '../../model/events.ts';
import { formatEvent } from '../../text/events.ts';
import type { Output } from '../io.ts';
import type { Session } from '../session.ts';
import { writeLine, writeProgramBytes, writeProgramText } from './write.ts';

/** What is said between the lines of the output. */
const newsCodes: ReadonlySet<EventCode> = new Set<EventCode>([
  'connection.lost',
  'connection.restored',
  'job.outputCut',
]);

/**
 * Shows what a job prints while it is followed: byte for byte in a pipe or a file, as text on a terminal.
 *
 * @returns to be called at the end: what comes then stands in a line of its own
 */
export function showJobOutput(session: Session): () => void {
  const { io, json } = session;
  let isLineOpen = false;
  const outputOf = (stream: 'stdout' | 'stderr'): Output =>
    stream === 'stdout' && !json ? io.stdout : io.stderr;
  session.onOutput(({ stream, bytes }) => {
    const output = outputOf(stream);
    writeProgramBytes(output, bytes);
    return output;
  });
  const closeLine = (): void => {
    if (isLineOpen) writeLine(io.stderr, [], false);
    isLineOpen = false;
  };
  session.onEvent((event) => {
    if (newsCodes.has(event.code) && !session.quiet) {
      closeLine();
      const line = formatEvent(event);
      if (line !== undefined) session.say([[line.text, 'dim']]);
    }
    if (event.code !== 'job.output') return;
    const output = outputOf(event.stream);
    writeProgramText(output, event.text);
    if (output.isTTY) isLineOpen = !event.text.endsWith('\n');
  });
  return closeLine;
}
