import { tagOf } from '../../node/services/yarn/yarn-job.ts';
import type { FoundCluster } from '../support/find-cluster.ts';
import { askYarn } from './ask-master.ts';
import { queueReason } from './wait-reason.ts';

/** How long a job may wait before YARN is asked about it, and then again, in milliseconds: an application begins within a few seconds. */
const patienceMs = 10_000;

/** Notices that a job waits in YARN's queue, and tells why: once. Spark itself says nothing meanwhile. */
export class QueueWatch {
  readonly #end = new AbortController();
  readonly #watching: Promise<void>;

  constructor(found: FoundCluster, job: string) {
    const { context } = found;
    const signal = AbortSignal.any([context.signal, this.#end.signal]);
    this.#watching = watch({ ...found, context: { ...context, signal } }, tagOf(job)).catch(
      () => undefined,
    );
  }

  /** Resolves when nothing more is told. */
  async done(): Promise<void> {
    this.#end.abort();
    await this.#watching;
  }
}

/** Ends when the application runs, or the signal aborts. */
async function watch(found: FoundCluster, tag: string): Promise<void> {
  const { cluster, context } = found;
  for (;;) {
    await context.clock.sleep(patienceMs, context.signal);
    const applications = await askYarn(found);
    const own = applications?.find(({ tags }) => tags.includes(tag));
    if (applications === undefined || own === undefined) continue;
    if (own.state === 'waiting')
      context.emit('warning', { kind: 'JOB_WAITING', ...queueReason(cluster, applications) });
    return;
  }
}
