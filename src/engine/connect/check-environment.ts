import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { timeLimit } from '../../base/time-limit.ts';
import { abortError, ClusterError } from '../../model/errors.ts';
import type { Engine, VerbOptions } from '../support/context.ts';
import { explainFailure } from './client-failures.ts';
import { openConnectSession, sessionEnvironment } from './connect-session.ts';

/** How long the queries may take, in milliseconds: executors that start on a machine that works. */
const checkLimitMs = 180_000;

/** One query, and one function in Python: what fails where versions don't fit. */
const program = `
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
spark = SparkSession.builder.getOrCreate()
assert spark.range(3).count() == 3
rows = spark.range(3).select(udf(lambda n: n + 1, "long")("id")).collect()
assert sorted(row[0] for row in rows) == [1, 2, 3]
`;

/**
 * Tries a Python environment out on a cluster: one query, and one function in Python.
 *
 * @param python absolute path of its interpreter
 * @throws ClusterError `PYTHON_ENVIRONMENT_UNFIT` with what the client said, or the code of what is known to be wrong
 */
export async function checkEnvironment(
  engine: Engine,
  name: string,
  python: string,
  options: VerbOptions,
  signal: AbortSignal,
): Promise<void> {
  const session = await openConnectSession(engine, name, {
    ...options,
    python,
    signal,
    isTemporary: true,
  });
  try {
    const { env, cwd } = engine.surroundings;
    await promisify(execFile)(python, ['-I', '-c', program], {
      cwd,
      // With MASTER set, Spark's client would refuse SPARK_REMOTE.
      env: { ...env, MASTER: undefined, ...sessionEnvironment(session) },
      signal: timeLimit(checkLimitMs, signal),
    });
  } catch (error) {
    if (signal.aborted) throw abortError(signal, 'checking the Python environment');
    const { stderr = '', message } = error as Error & { stderr?: string };
    const known = explainFailure(stderr, session.cluster);
    if (known !== undefined)
      throw new ClusterError(known.kind, known.message, { remedies: known.remedies, cause: error });
    const last = stderr.trim().split('\n').at(-1) || message;
    throw new ClusterError(
      'PYTHON_ENVIRONMENT_UNFIT',
      `The environment was created, but a query on "${name}" failed: ${last}`,
      { cause: error },
    );
  } finally {
    await session.close();
  }
}
