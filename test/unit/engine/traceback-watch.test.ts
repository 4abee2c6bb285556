import { describe, expect, it } from 'vitest';
import { TracebackWatch } from '../../../src/engine/jobs/traceback-watch.ts';
import type { JobFailure, JobFile } from '../../../src/model/job.ts';

const job = 'job-20261130T121500Z-1f0c';

/** What is made of a job's standard error, which comes in pieces. */
function failureOf(
  text: string,
  program: JobFile = { path: '/home/ann/jobs/share.py' },
): JobFailure | null {
  const watch = new TracebackWatch(job, { program, modules: ['parts/shares.py'] });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 7) watch.push('stderr', bytes.subarray(at, at + 7));
  return watch.failure;
}

describe('where a Python job failed', () => {
  it('is the line of the program, wherever that ran', () => {
    const traceback = (path: string): string => `26/11/30 12:15:04 INFO SparkContext: Running
Traceback (most recent call last):
  File "${path}", line 9, in <module>
    main()
    ~~~~^^
  File "${path}", line 5, in main
    int("é")
  File "/opt/spark/python/lib/pyspark.zip/pyspark/rdd.py", line 12, in first
ValueError: invalid literal for int() with base 10: 'é'
`;
    const failure = {
      file: '/home/ann/jobs/share.py',
      line: 5,
      error: "ValueError: invalid literal for int() with base 10: 'é'",
    };
    expect(failureOf(traceback('/home/ann/jobs/share.py'))).toEqual(failure);
    expect(failureOf(traceback(`/var/lib/flintrock/jobs/${job}/1/share.py`))).toEqual(failure);
  });

  it('is the innermost line of a file of this machine, on a worker too', () => {
    expect(
      failureOf(`Traceback (most recent call last):
  File "/home/ann/jobs/share.py", line 5, in <module>
    print("share", spark.sparkContext.parallelize([2], 1).map(share).first())
  File "/opt/spark/python/lib/py4j-0.10.9.9-src.zip/py4j/protocol.py", line 327, in get_return_value
py4j.protocol.Py4JJavaError: An error occurred while calling z:org.apache.spark.api.python.PythonRDD.runJob.
: org.apache.spark.SparkException: Job aborted due to stage failure: org.apache.spark.api.python.PythonException: Traceback (most recent call last):
  File "/opt/spark/python/lib/pyspark.zip/pyspark/worker.py", line 3439, in main
    process()
  File "./modules.zip/parts/shares.py", line 5, in share
    return whole / 0
           ~~~~~~^~~
ZeroDivisionError: division by zero

\tat org.apache.spark.api.python.BasePythonRunner.handlePythonException(PythonRunner.scala:581)
`),
    ).toEqual({
      file: '/home/ann/jobs/parts/shares.py',
      line: 5,
      error: 'ZeroDivisionError: division by zero',
    });
  });

  it('is the place of a syntax error, which has no traceback', () => {
    expect(
      failureOf(`  File "/home/ann/jobs/share.py", line 3
    print(
         ^
SyntaxError: '(' was never closed
`),
    ).toEqual({
      file: '/home/ann/jobs/share.py',
      line: 3,
      error: "SyntaxError: '(' was never closed",
    });
  });

  it('is the last one of several', () => {
    const at = (line: number): string => `Traceback (most recent call last):
  File "/home/ann/jobs/share.py", line ${line}, in <module>
KeyError: ${line}

During handling of the above exception, another exception occurred:

`;
    expect(failureOf(at(3) + at(7))).toMatchObject({ line: 7, error: 'KeyError: 7' });
  });

  it('is unknown where no file of this machine is named', () => {
    const of = (path: string, program?: JobFile): JobFailure | null =>
      failureOf(
        `Traceback (most recent call last):\n  File "${path}", line 3, in <module>\nKeyError: 1\n`,
        program,
      );
    expect(of('/usr/lib/python3/share.py')).toBeNull();
    expect(of('/srv/modules.zip/parts/../../../.ssh/config')).toBeNull();
    expect(of('/srv/modules.zip/others.py')).toBeNull();
    expect(of(`/srv/${job}/1/share.py`, { url: 's3a://bucket/share.py' })).toBeNull();
    expect(of(`/srv/${job}/1/share.py`, { name: 'share.py', bytes: new Uint8Array() })).toBeNull();
    expect(failureOf('KeyError: 1\n')).toBeNull();
  });

  it('holds no more of a line than it looks at', () => {
    const error = `Traceback (most recent call last):\n  File "/home/ann/jobs/share.py", line 3\nError: `;
    expect(failureOf(`${'x'.repeat(100_000)}\n${error}${'y'.repeat(100_000)}\n`)).toMatchObject({
      error: `Error: ${'y'.repeat(493)}`,
    });
  });
});
