import type { ApplicationHistory } from '../model/history/application.ts';
import type { EventLogFile } from '../model/history/event-log.ts';
import { parseObject } from '../node/beacon/untrusted.ts';
import { ApplicationBuilder } from './application-builder.ts';
import { codecOf, type EventLog } from './log-files.ts';
import { logLines } from './log-lines.ts';
import { unpackZstd } from './unpack-zstd.ts';

/** How much of a log is read, in bytes as it is unpacked: about ten million tasks. */
const maxUnpackedBytes = 16_000_000_000;

/** A codec of Spark’s that isn’t read here. */
export class UnreadableCodec extends Error {
  constructor(readonly codec: string) {
    super(`it is compressed with ${codec}`);
  }
}

/** What is read of a log. */
export interface ReadOptions {
  readonly signal: AbortSignal;
  /** The bytes of a file of the log. */
  readonly open: (file: EventLogFile) => AsyncIterable<Uint8Array>;
}

/**
 * Reads an event log, piece by piece: of an application with a million tasks as little is held as of a short one. What can’t be
 * read is passed over and counted, and a log that ends in the middle gives what came before.
 *
 * @throws UnreadableCodec if it is compressed in another way than Spark does by default
 */
export async function readEventLog(
  log: EventLog,
  { signal, open }: ReadOptions,
): Promise<ApplicationHistory> {
  const application = new ApplicationBuilder(log.application);
  const read = { bytes: 0, isCut: false };
  for (const file of log.events) {
    const codec = codecOf(file);
    if (codec !== null && codec !== 'zstd') throw new UnreadableCodec(codec);
    const packed = open(file);
    const lines = logLines(counted(codec === null ? packed : unpackZstd(packed)));
    try {
      for await (const line of lines) takeLine(line, application);
    } catch (error) {
      signal.throwIfAborted();
      if (isFault(error)) throw error;
      // What can’t be unpacked ends the file, as the end of a log does that is being written.
      application.take(undefined);
    }
    if (read.isCut) break;
  }
  return application.build(read.isCut);

  async function* counted(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      signal.throwIfAborted();
      read.bytes += piece.length;
      if (read.bytes > maxUnpackedBytes) {
        read.isCut = true;
        return;
      }
      yield piece;
    }
  }
}

/** Lines at the beginning of a log among which its environment is. */
const headLines = 100;

/** Reads from the beginning of a log which job it is of; `null` if it says none. */
export async function readJobOf(
  log: EventLog,
  { signal, open }: ReadOptions,
): Promise<string | null> {
  const application = new ApplicationBuilder(log.application);
  const [file] = log.events;
  if (file === undefined) return null;
  const codec = codecOf(file);
  if (codec !== null && codec !== 'zstd') return null;
  const packed = open(file);
  let lines = 0;
  try {
    for await (const line of logLines(codec === null ? packed : unpackZstd(packed))) {
      signal.throwIfAborted();
      takeLine(line, application);
      lines += 1;
      if (application.hasEnvironment || lines >= headLines) break;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (isFault(error)) throw error;
  }
  return application.job;
}

/** Whether it is about reaching the file, and not about what stands in it. */
function isFault(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** Reads a line of a log; `undefined` is one that is too long. */
function takeLine(line: string | undefined, application: ApplicationBuilder): void {
  if (line === undefined) application.take(undefined);
  if (line === undefined || line === '') return;
  // Spark writes the kind first: the plans of queries, which are most of a log, needn’t be parsed to be passed over.
  const kind = /^\{"Event":"([\w.$]{1,200})"/.exec(line.slice(0, 220))?.[1];
  if (kind?.endsWith('.SparkListenerSQLExecutionStart') === true) application.noteQuery();
  else if (kind === undefined || ApplicationBuilder.kinds.has(kind))
    application.take(parseObject(line));
}
