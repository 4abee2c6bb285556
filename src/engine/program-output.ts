import { StringDecoder } from 'node:string_decoder';
import { untilAborted } from '../base/until-aborted.ts';
import { LineSplitter } from '../ssh/lines.ts';
import type { OutputListener, OutputStream, WorkContext } from './provider.ts';
import type { Engine } from './support/context.ts';

/** What a program on a cluster prints, on its way to the host. */
export interface ProgramOutput {
  readonly take: OutputListener;
  /** Tells what came last, and is no whole line or character. */
  end(): void;
}

/** What becomes of the bytes of one stream as text. */
interface TextStream {
  push(bytes: Uint8Array): void;
  end(): void;
}

/** The output of a job. */
export function jobOutput(engine: Engine, job: string, context: WorkContext): ProgramOutput {
  return programOutput(engine, job, context, (stream) => {
    const decoder = new StringDecoder('utf8');
    const tell = (text: string): void => {
      if (text !== '') context.emit('job.output', { job, stream, text });
    };
    return { push: (bytes) => tell(decoder.write(bytes)), end: () => tell(decoder.end()) };
  });
}

/** The output of a command on a node. */
export function commandOutput(engine: Engine, node: string, context: WorkContext): ProgramOutput {
  return programOutput(
    engine,
    node,
    context,
    (stream) => new LineSplitter((line) => context.emit('command.output', { node, stream, line })),
  );
}

function programOutput(
  { host }: Engine,
  from: string,
  { signal }: WorkContext,
  textOf: (stream: OutputStream) => TextStream,
): ProgramOutput {
  const texts = { stdout: textOf('stdout'), stderr: textOf('stderr') };
  return {
    take: (stream, bytes) => {
      texts[stream].push(bytes);
      const taken = host.output?.({ from, stream, bytes });
      // Who waits for a reader that has stopped must still hear Ctrl-C.
      return taken === undefined ? undefined : untilAborted(taken, signal);
    },
    end: () => {
      texts.stdout.end();
      texts.stderr.end();
    },
  };
}
