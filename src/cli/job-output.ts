import type { Output } from './io.ts';
import { writeLine, writeProgramBytes, writeProgramText } from './rendering/write.ts';
import type { Session } from './session.ts';

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
  session.onEvent((event) => {
    if (event.code !== 'job.output') return;
    const output = outputOf(event.stream);
    writeProgramText(output, event.text);
    if (output.isTTY) isLineOpen = !event.text.endsWith('\n');
  });
  return () => {
    if (isLineOpen) writeLine(io.stderr, [], false);
  };
}
