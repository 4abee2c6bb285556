import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainApplication } from '../../../src/history/explain-application.ts';
import { findEventLogs } from '../../../src/history/log-files.ts';
import { readEventLog } from '../../../src/history/read-event-log.ts';
import { unpackZstd } from '../../../src/history/unpack-zstd.ts';
import type { ApplicationHistory } from '../../../src/model/history/application.ts';
import { formatFinding } from '../../../src/text/history/findings.ts';
import {
  beginning,
  ending,
  inPieces,
  logText,
  stage,
  zstdFrame,
} from '../../helpers/event-logs.ts';

const signal = new AbortController().signal;
const tasks = [
  { from: 10, seconds: 2 },
  { from: 10, seconds: 3 },
];
const whole = logText([...beginning(), ...stage(0, 10, 13, tasks), ending(14)]);

async function unpacked(bytes: Uint8Array): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of unpackZstd(inPieces(bytes))) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

/** Reads a log of which each file is given by its path. */
function read(files: Readonly<Record<string, Uint8Array>>): Promise<ApplicationHistory> {
  const [log] = findEventLogs(
    Object.entries(files).map(([path, { length }]) => ({ path, bytes: length, modifiedAt: 0 })),
  );
  if (log === undefined) throw new Error('there is no log');
  return readEventLog(log, {
    signal,
    open: ({ path }) => inPieces(files[path] ?? new Uint8Array(), 100),
  });
}

describe('a Zstandard file', () => {
  it('gives what was packed, of several frames and past those that are to be skipped', async () => {
    const skipped = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9);
    const file = Buffer.concat([
      zstdFrame(Buffer.from(whole)),
      skipped,
      zstdFrame(Buffer.from(whole)),
    ]);
    expect(await unpacked(file)).toBe(whole + whole);
  });

  it('gives what came before its end, wherever it is cut off', async () => {
    const file = zstdFrame(Buffer.from(whole), 200);
    for (let length = 0; length < file.length; length += 97) {
      const text = await unpacked(file.subarray(0, length));
      expect(whole.startsWith(text)).toBe(true);
      expect(text.length).toBeGreaterThan(length - 250);
    }
  });

  it('is refused if it would take 2 GB to unpack, or is none', async () => {
    const large = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 20 << 3, 1, 0, 0);
    await expect(unpacked(large)).rejects.toThrow('memory');
    const second = Buffer.concat([zstdFrame(Buffer.from('{}')), large]);
    await expect(unpacked(second)).rejects.toThrow('memory');
    const block = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 80, 0xfb, 0xff, 0xff, 65);
    await expect(unpacked(block)).rejects.toThrow('larger');
    await expect(unpacked(Buffer.from(whole))).rejects.toThrow('Zstandard');
  });

  it('of any bytes ends, with a text or an error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        const file = Buffer.concat([zstdFrame(Buffer.from('begin')), bytes]);
        await unpacked(file).catch((error: unknown) => expect(error).toBeInstanceOf(Error));
        // The same inside a block that is said to be compressed.
        const size = (bytes.length << 3) | 5;
        const header = Uint8Array.of(
          0x28,
          0xb5,
          0x2f,
          0xfd,
          0,
          80,
          size & 255,
          (size >> 8) & 255,
          0,
        );
        await unpacked(Buffer.concat([header, bytes])).catch((error: unknown) =>
          expect(error).toBeInstanceOf(Error),
        );
      }),
    );
  });
});

describe('the event log of an application', () => {
  it('is the same as a rolled folder of Spark 4 and as a plain file of Spark 3.5', async () => {
    const half = whole.indexOf('{"Event":"SparkListenerTaskEnd"');
    const folder = 'eventlog_v2_app-1';
    const rolled = await read({
      [`${folder}/appstatus_app-1`]: new Uint8Array(),
      [`${folder}/events_2_app-1.zstd`]: zstdFrame(Buffer.from(whole.slice(half))),
      [`${folder}/events_1_app-1.zstd`]: zstdFrame(Buffer.from(whole.slice(0, half))),
    });
    const plain = await read({ 'app-1': Buffer.from(whole) });
    expect(rolled).toEqual(plain);
    expect(plain).toMatchObject({
      id: 'app-1',
      name: 'nightly',
      jobs: { count: 1, failed: 0, running: 0 },
      executors: { count: 2, maxCores: 4, coreMs: 4 * 9000 },
      skippedEvents: 0,
    });
    expect(plain.stages).toMatchObject([
      { tasks: 2, slots: 4, durations: { count: 2, sum: 5000, max: 3000 } },
    ]);
  });

  it('begins with the last file that stands for those before it', async () => {
    const folder = 'eventlog_v2_app-1';
    const history = await read({
      [`${folder}/events_1_app-1`]: Buffer.from(
        '{"Event":"SparkListenerLogStart","Spark Version":"1"}\n'.repeat(3),
      ),
      [`${folder}/events_2_app-1.compact`]: Buffer.from(logText(beginning())),
      [`${folder}/events_3_app-1`]: Buffer.from(logText([...stage(0, 10, 13, tasks)])),
    });
    expect(history).toMatchObject({ sparkVersion: '4.1.4', stages: [{ id: 0 }] });
  });

  it('that is not ended gives what came before', async () => {
    const history = await read({
      'eventlog_v2_app-1/appstatus_app-1.inprogress': new Uint8Array(),
      'eventlog_v2_app-1/events_1_app-1.zstd': zstdFrame(Buffer.from(whole), 300).subarray(0, -200),
    });
    expect(history).toMatchObject({ endedAt: null, name: 'nightly' });
  });

  it('tells of no file with another name than Spark’s', () => {
    const named = (path: string): number =>
      findEventLogs([{ path, bytes: 1, modifiedAt: 0 }]).length;
    for (const path of [
      'app-1',
      'app-1.inprogress',
      'app-1.lz4',
      'local-1_2.zstd',
      'eventlog_v2_app-1/events_1_app-1.zstd',
    ])
      expect([path, named(path)]).toEqual([path, 1]);
    for (const path of [
      '..',
      '../app-1',
      '.ssh',
      'app 1',
      'app-1/x',
      'eventlog_v2_app-1',
      'eventlog_v2_app-1/..',
      'eventlog_v2_app-1/events_1_app-1/x',
      'eventlog_v2_app-1/id_rsa',
      'app-1\n',
    ])
      expect([path, named(path)]).toEqual([path, 0]);
  });

  it('says which codec it can’t read', async () => {
    await expect(read({ 'app-1.lz4': Buffer.from(whole) })).rejects.toThrow('lz4');
  });

  it('of any content is read to its end, and explained', async () => {
    const kinds = [
      'Environment Update',
      'ApplicationStart',
      'ExecutorAdded',
      'ExecutorRemoved',
      'JobStart',
      'JobEnd',
      'StageSubmitted',
      'StageCompleted',
      'TaskStart',
      'TaskEnd',
    ];
    const keys = [
      'Stage ID',
      'Stage Info',
      'Task Info',
      'Task Metrics',
      'Task End Reason',
      'Description',
      'Reason',
      'Timestamp',
      'Launch Time',
      'Finish Time',
      'Submission Time',
      'Number of Tasks',
      'Executor ID',
      'Executor Info',
      'Total Cores',
      'JVM GC Time',
      'Disk Bytes Spilled',
      'Removed Reason',
      'Job Result',
      'Exception',
      'Message',
      'Result',
      '__proto__',
    ];
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.double(),
        fc.constantFrom(
          'JobFailed',
          'ExceptionFailure',
          'Traceback (most recent call last):\n  File "a.py", line 1, in f\nE',
        ),
        fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 6 }),
      ),
    }));
    const event = fc.tuple(
      fc.constantFrom(...kinds),
      fc.dictionary(fc.constantFrom(...keys), value),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(event, fc.string()), { maxLength: 30 }),
        async (events) => {
          const lines = events.map((one) =>
            typeof one === 'string'
              ? one
              : JSON.stringify({ Event: `SparkListener${one[0]}`, ...one[1] }),
          );
          const history = await read({ 'app-1': Buffer.from([...lines, ''].join('\n')) });
          const { findings, use } = explainApplication(history, {
            pricePerHour: 1,
            isFree: false,
            now: 1e12,
          });
          for (const finding of findings) {
            expect(finding.lostMs).toBeGreaterThanOrEqual(0);
            expect(formatFinding(finding)).not.toContain('NaN');
          }
          expect(use.durationMs).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  it('of a line of 20 MB passes over it', async () => {
    const long = `{"Event":"SparkListenerJobStart","x":"${'y'.repeat(20_000_000)}"}\n`;
    const history = await read({ 'app-1': Buffer.from(long + whole) });
    expect(history).toMatchObject({ name: 'nightly', skippedEvents: 1 });
  });
});
