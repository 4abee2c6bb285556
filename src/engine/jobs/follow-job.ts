import { StringDecoder } from 'node:string_decoder';
import { abortError, ClusterError, toClusterError } from '../../model/errors.ts';
import { callVerb } from '../../model/remedy.ts';
import { jobOutput } from '../program-output.ts';
import type { JobEnd, JobHandle, JobListener, OutputStream } from '../provider.ts';
import type { Engine } from '../support/context.ts';
import type { FoundCluster } from '../support/find-cluster.ts';
import { askMaster } from './ask-master.ts';
import { QueueWatch } from './queue-watch.ts';
import type { TracebackWatch } from './traceback-watch.ts';
import { type ExecutorNeed, waitingMark, waitReason } from './wait-reason.ts';

/** For how long a lost way to a job is looked for, in milliseconds. A laptop that sleeps doesn't count. */
const outageLimitMs = 60 * 60_000;
/** How long after a failed attempt comes the next one, in milliseconds, and how long at most. */
const firstPauseMs = 500;
const longestPauseMs = 10_000;

/** How a job is followed. */
export interface FollowRequest {
  readonly until: 'end' | 'now';
  /** What its executors need of Spark's own workers, as far as it is known; `null` if YARN runs it. */
  readonly need?: ExecutorNeed | null | undefined;
  /** Sees the output, before it is passed on. */
  readonly watch?: Pick<TracebackWatch, 'push'> | undefined;
}

/**
 * Passes a job's output on, from its first byte. A way to it that is lost is opened anew, and nothing of the output is lost or told twice.
 *
 * @param handle the way to the job, which is replaced; the caller closes the one that is there at the end
 * @throws ClusterError `SSH_UNREACHABLE` after an hour without a way to it, `ABORTED`
 */
export async function followJob(
  engine: Engine,
  found: FoundCluster,
  handle: { current: JobHandle },
  { until, need = {}, watch }: FollowRequest,
): Promise<JobEnd | null> {
  const { context } = found;
  const { id } = handle.current;
  const output = jobOutput(engine, id, context);
  const position = { stdout: 0, stderr: 0 };
  const waiting: Watch = need === null ? new QueueWatch(found, id) : new WaitWatch(found, need);
  const listener: JobListener = {
    output: (stream, bytes) => {
      position[stream] += bytes.length;
      waiting.push?.(stream, bytes);
      watch?.push(stream, bytes);
      return output.take(stream, bytes);
    },
    cut: (stream, bytes) => {
      position[stream] += bytes;
      context.emit('job.outputCut', { job: id, stream, bytes });
    },
  };
  try {
    for (;;) {
      try {
        const end = await handle.current.follow(listener, position, until);
        output.end();
        return end;
      } catch (error) {
        if (context.signal.aborted || !isLost(error)) throw error;
        await handle.current.close().catch(() => undefined);
        handle.current = await reopen(found, id, error);
      }
    }
  } finally {
    await waiting.done();
  }
}

/** Notices that a job waits, and tells why. */
interface Watch {
  /** Sees what the job prints. */
  push?(stream: OutputStream, bytes: Uint8Array): void;
  /** Resolves when nothing more is told. */
  done(): Promise<void>;
}

function isLost(error: unknown): boolean {
  return ['SSH_UNREACHABLE', 'AWS_UNREACHABLE'].includes(toClusterError(error).code);
}

/** Opens a lost way to a job anew, for as long as the outage lasts. */
async function reopen(
  { provider, cluster, context }: FoundCluster,
  id: string,
  lost: unknown,
): Promise<JobHandle> {
  const { clock, signal } = context;
  const began = clock.now();
  context.emit('connection.lost', { reason: toClusterError(lost).message });
  let pauseMs = firstPauseMs;
  let triedMs = 0;
  for (;;) {
    const before = clock.now();
    try {
      const handle = await provider.openJob(cluster, id, context);
      context.emit('connection.restored', {
        seconds: (clock.now() - began) / 1000,
        isNewServer: false,
      });
      return handle;
    } catch (error) {
      if (signal.aborted) throw abortError(signal, `following ${id}`);
      if (!isLost(error)) throw error;
      await clock.sleep(pauseMs, signal);
      // A machine that slept has not tried: what counts is how long attempts took, and no pause is longer than it was meant to be.
      triedMs += Math.min(clock.now() - before, 60_000);
      if (triedMs >= outageLimitMs)
        throw new ClusterError(
          'SSH_UNREACHABLE',
          `The connection to the master was lost; ${id} may still be running.`,
          {
            cause: error,
            remedies: [callVerb('Check the state of the cluster.', 'describe', cluster, {})],
          },
        );
      pauseMs = Math.min(2 * pauseMs, longestPauseMs);
    }
  }
}

/** Notices that a job of Spark's own workers says it gets no executors, and tells why: once. */
class WaitWatch implements Watch {
  readonly #decoder = new StringDecoder('utf8');
  #line = '';
  #telling: Promise<void> | undefined;

  constructor(
    private readonly found: FoundCluster,
    private readonly need: ExecutorNeed,
  ) {}

  push(stream: OutputStream, bytes: Uint8Array): void {
    if (stream !== 'stderr' || this.#telling !== undefined) return;
    const text = this.#line + this.#decoder.write(bytes);
    if (text.includes(waitingMark)) this.#telling = this.#tell().catch(() => undefined);
    this.#line = text.slice(-waitingMark.length);
  }

  async #tell(): Promise<void> {
    const { cluster, context } = this.found;
    const status = await askMaster(this.found);
    if (status === undefined) return;
    const reason = waitReason(cluster, status, this.need);
    if (reason !== undefined) context.emit('warning', { kind: 'JOB_WAITING', ...reason });
  }

  /** Resolves when nothing more is told. */
  async done(): Promise<void> {
    await this.#telling;
  }
}
