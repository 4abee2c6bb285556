import { describe, expect, it } from 'vitest';
import { explanationLines } from '../../../src/cli/rendering/history/explanation-lines.ts';
import { textWidth } from '../../../src/cli/rendering/width.ts';
import { explainApplication } from '../../../src/history/explain-application.ts';
import { findEventLogs } from '../../../src/history/log-files.ts';
import { readEventLog } from '../../../src/history/read-event-log.ts';
import type { Explanation } from '../../../src/model/history/explanation.ts';
import {
  at,
  beginning,
  ending,
  inPieces,
  type LoggedTask,
  logText,
  stage,
} from '../../helpers/event-logs.ts';

async function explain(events: readonly object[], now?: number): Promise<Explanation> {
  const [log] = findEventLogs([{ path: 'app-1', bytes: 1, modifiedAt: 0 }]);
  if (log === undefined) throw new Error('there is no log');
  const history = await readEventLog(log, {
    signal: new AbortController().signal,
    open: () => inPieces(Buffer.from(logText(events)), 10_000),
  });
  return explainApplication(history, { pricePerHour: 3.6, isFree: false, now });
}

function even(
  count: number,
  from: number,
  seconds: number,
  more: Partial<LoggedTask> = {},
): LoggedTask[] {
  return Array.from({ length: count }, () => ({ from, seconds, ...more }));
}

const megabyte = 1_000_000;
const traceback = `Traceback (most recent call last):
  File "/opt/spark/python/lib/pyspark.zip/pyspark/worker.py", line 3386, in main
    process()
  File "/home/ec2-user/job.py", line 4, in price
    return float(text)
           ^^^^^^^^^^^
  File "/usr/lib/python3.11/site-packages/numbers.py", line 9, in parse
    raise ValueError(text)
ValueError: \u001b[31mn/a
`;

describe('an explanation', () => {
  it('has nothing to say of an application that used its cores', async () => {
    const { findings, use } = await explain([
      ...beginning(),
      ...stage(0, 10, 20, even(4, 10, 10)),
      ending(21),
    ]);
    expect(findings).toEqual([]);
    expect(use.dollars).toBeCloseTo((3.6 * 21) / 3600);
    expect(use.busyShare).toBeCloseTo(40 / 64);
  });

  it('puts what a job failed by before all else, with the first line of the user’s Python', async () => {
    const reason = {
      Reason: 'ExceptionFailure',
      'Class Name': 'x.PythonException',
      Description: traceback,
    };
    const failed = stage(1, 60, null, even(4, 60, 1, { reason }));
    const { findings } = await explain([
      ...beginning(),
      ...stage(0, 10, 50, [{ from: 10, seconds: 40 }]),
      ...failed,
      {
        Event: 'SparkListenerJobEnd',
        'Job ID': 1,
        'Completion Time': at(62),
        'Job Result': {
          Result: 'JobFailed',
          Exception: {
            Message: `Job aborted due to stage failure: Task 0 failed 4 times: ${traceback}`,
          },
        },
      },
      ending(63),
    ]);
    expect(findings.map(({ kind }) => kind)).toEqual(['failed-tasks', 'idle-cores']);
    expect(findings[0]).toMatchObject({
      severity: 'error',
      tasks: 4,
      python: {
        file: '/home/ec2-user/job.py',
        line: 4,
        function: 'price',
        code: 'return float(text)',
      },
    });
  });

  it('tells a stage that waits for one task, by time and by data', async () => {
    const tasks = [
      ...even(7, 10, 1, { read: megabyte }),
      { from: 10, seconds: 20, read: 90 * megabyte },
    ];
    const { findings } = await explain([...beginning(), ...stage(0, 10, 30, tasks), ending(31)]);
    expect(findings).toMatchObject([
      {
        kind: 'skew',
        longestMs: 20_000,
        longestBytes: 90 * megabyte,
        settings: [{ setting: 'spark.default.parallelism', value: '32' }],
      },
    ]);
  });

  it('names a setting of Spark SQL where queries ran', async () => {
    const query = {
      Event: 'org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart',
      executionId: 0,
    };
    const tasks = [
      ...even(7, 10, 1, { read: megabyte }),
      { from: 10, seconds: 20, read: 90 * megabyte },
    ];
    const settings = { 'spark.sql.adaptive.enabled': 'false' };
    const { findings } = await explain([
      ...beginning(2, settings),
      query,
      ...stage(0, 10, 30, tasks),
      ending(31),
    ]);
    expect(findings[0]?.settings).toEqual([
      { setting: 'spark.sql.adaptive.enabled', value: 'true', current: 'false' },
    ]);
  });

  it('counts garbage collection of stages that spill to the spill', async () => {
    const tasks = even(8, 10, 10, { gcMs: 4000, spilled: 100 * megabyte, read: 50 * megabyte });
    const memory = { 'spark.executor.memory': '2g' };
    const { findings } = await explain([
      ...beginning(2, memory),
      ...stage(0, 10, 30, tasks),
      ending(31),
    ]);
    expect(findings.map(({ kind }) => kind)).toEqual(['spill']);
    expect(findings[0]?.settings[0]).toEqual({
      setting: 'spark.executor.memory',
      value: '4g',
      current: '2g',
    });
  });

  it('tells of garbage collection alone', async () => {
    const { findings } = await explain([
      ...beginning(),
      ...stage(0, 10, 30, even(8, 10, 10, { gcMs: 4000 })),
      ending(31),
    ]);
    expect(findings).toMatchObject([{ kind: 'garbage-collection', share: 0.4 }]);
  });

  it('tells of lost executors, and of memory if it was that', async () => {
    const lost = {
      Event: 'SparkListenerExecutorRemoved',
      Timestamp: at(20),
      'Executor ID': '1',
      'Removed Reason': 'Command exited with code 137',
    };
    const idle = { ...lost, 'Executor ID': '0', 'Removed Reason': 'Executor killed by driver.' };
    const { findings } = await explain([
      ...beginning(),
      ...stage(0, 10, 20, even(4, 10, 10)),
      lost,
      idle,
      ending(21),
    ]);
    expect(findings).toMatchObject([{ kind: 'lost-executors', executors: 1, isMemory: true }]);
  });

  it('tells an application that waits for its first core, as long as it does', async () => {
    const events = [...beginning(0), ...stage(0, 5, null, [], 4)];
    const { findings } = await explain(events, at(35));
    expect(findings).toMatchObject([
      { kind: 'waiting-for-cores', severity: 'error', isWaiting: true, waitedMs: 30_000 },
    ]);
    // Its log doesn't say whether it still does.
    expect((await explain(events)).findings).toEqual([]);
  });

  it('tells of a driver that works alone, but not of a server that waits for clients', async () => {
    const events = [
      ...stage(0, 10, 20, even(4, 10, 10)),
      ...stage(1, 80, 90, even(4, 80, 10)),
      ending(91),
    ];
    expect((await explain([...beginning(), ...events])).findings).toMatchObject([
      { kind: 'idle-driver', idleMs: 61_000, cores: 4 },
    ]);
    const server = { 'spark.app.name': 'Spark Connect server' };
    expect((await explain([...beginning(2, server), ...events])).findings).toEqual([]);
  });

  it('tells of many short tasks', async () => {
    const { findings } = await explain([
      ...beginning(),
      ...stage(0, 10, 30, even(2000, 10, 0.02)),
      ending(31),
    ]);
    expect(findings).toMatchObject([{ kind: 'tiny-tasks', tasks: 2000 }]);
  });

  it('fits into 80 columns, whatever stands in the log', async () => {
    const path = `/${'very-long-folder/'.repeat(12)}job.py`;
    const Description = traceback.replace('/home/ec2-user/job.py', path);
    const reason = { Reason: 'ExceptionFailure', 'Class Name': 'x.PythonException', Description };
    const explanation = await explain([
      ...beginning(),
      ...stage(0, 10, null, [
        ...even(2, 10, 1, { reason }),
        ...even(7, 10, 1),
        { from: 10, seconds: 30 },
      ]),
      ending(41),
    ]);
    const lines = explanationLines(
      { cluster: 'demo', savedAt: null, applications: [], ...explanation },
      80,
    ).map((line) => line.map(([text]) => text).join(''));
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect([line, textWidth(line) <= 80]).toEqual([line, true]);
    expect(lines.join('')).not.toContain('\u001b');
  });
});
