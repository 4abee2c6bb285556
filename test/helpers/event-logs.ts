/** Events as the lines of a log. */
export function logText(events: readonly object[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

/** Bytes as Zstandard (RFC 8878), in blocks that are not compressed, as any encoder may leave them. */
export function zstdFrame(bytes: Uint8Array, blockBytes = 1000): Uint8Array {
  // Magic number, no checksum, a window of 1 MiB.
  const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 10 << 3)];
  for (let start = 0; start < bytes.length; start += blockBytes) {
    const block = bytes.subarray(start, start + blockBytes);
    const isLast = start + blockBytes >= bytes.length;
    const header = (block.length << 3) | (isLast ? 1 : 0);
    parts.push(Uint8Array.of(header & 255, (header >> 8) & 255, header >> 16), block);
  }
  return Buffer.concat(parts);
}

/** Bytes in pieces, as a stream gives them. */
export async function* inPieces(bytes: Uint8Array, pieceBytes = 7): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceBytes)
    yield await Promise.resolve(bytes.subarray(start, start + pieceBytes));
}

const begin = Date.parse('2026-05-04T10:00:00Z');

/** A time so many seconds after the application's start. */
export function at(seconds: number): number {
  return begin + seconds * 1000;
}

/** What every log begins with: an application, and executors with two cores each, five seconds later. */
export function beginning(
  executors = 2,
  properties: Readonly<Record<string, string>> = {},
): object[] {
  return [
    { Event: 'SparkListenerLogStart', 'Spark Version': '4.1.4' },
    {
      Event: 'SparkListenerEnvironmentUpdate',
      'Spark Properties': properties,
      'System Properties': {},
    },
    {
      Event: 'SparkListenerApplicationStart',
      'App Name': 'nightly',
      'App ID': 'app-20260504100000-0000',
      Timestamp: at(0),
      User: 'ec2-user',
    },
    ...Array.from({ length: executors }, (_, index) => ({
      Event: 'SparkListenerExecutorAdded',
      Timestamp: at(5),
      'Executor ID': String(index),
      'Executor Info': { Host: '10.0.0.1', 'Total Cores': 2 },
    })),
  ];
}

/** A task of a stage. */
export interface LoggedTask {
  readonly from: number;
  readonly seconds: number;
  readonly gcMs?: number;
  readonly spilled?: number;
  readonly read?: number;
  /** `Task End Reason`, if it isn't success. */
  readonly reason?: object;
}

/** A stage with its job, from its submission to its end; without one it goes on. */
export function stage(
  id: number,
  submitted: number,
  completed: number | null,
  tasks: readonly LoggedTask[],
  count = tasks.length,
): object[] {
  const info = {
    'Stage ID': id,
    'Stage Attempt ID': 0,
    'Stage Name': `collect at /home/ec2-user/job.py:${10 + id}`,
    'Number of Tasks': count,
    'Submission Time': at(submitted),
  };
  return [
    {
      Event: 'SparkListenerJobStart',
      'Job ID': id,
      'Submission Time': at(submitted),
      'Stage IDs': [id],
    },
    { Event: 'SparkListenerStageSubmitted', 'Stage Info': info },
    ...tasks.map(({ from, seconds, gcMs = 0, spilled = 0, read = 0, reason }, index) => ({
      Event: 'SparkListenerTaskEnd',
      'Stage ID': id,
      'Stage Attempt ID': 0,
      'Task End Reason': reason ?? { Reason: 'Success' },
      'Task Info': { Index: index, 'Launch Time': at(from), 'Finish Time': at(from + seconds) },
      'Task Metrics': {
        'JVM GC Time': gcMs,
        'Memory Bytes Spilled': spilled * 4,
        'Disk Bytes Spilled': spilled,
        'Shuffle Read Metrics': { 'Local Bytes Read': read },
      },
    })),
    ...(completed === null
      ? []
      : [
          {
            Event: 'SparkListenerStageCompleted',
            'Stage Info': { ...info, 'Completion Time': at(completed) },
          },
          {
            Event: 'SparkListenerJobEnd',
            'Job ID': id,
            'Completion Time': at(completed),
            'Job Result': { Result: 'JobSucceeded' },
          },
        ]),
  ];
}

/** The end of an application. */
export function ending(seconds: number): object {
  return { Event: 'SparkListenerApplicationEnd', Timestamp: at(seconds) };
}
