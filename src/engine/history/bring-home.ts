import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pMap from 'p-map';
import { timeLimit } from '../../base/time-limit.ts';
import { untilAborted } from '../../base/until-aborted.ts';
import { type EventLog, findEventLogs } from '../../history/log-files.ts';
import { type Cluster, hasService } from '../../model/cluster/cluster.ts';
import { ClusterError, toClusterError } from '../../model/errors.ts';
import { formatBytes } from '../../text/sizes.ts';
import type { EventLogFolder, WorkContext } from '../provider.ts';
import type { FoundCluster } from '../support/find-cluster.ts';
import {
  eventsFolderOf,
  historyFolder,
  makeSavedFolder,
  pruneSavedLogs,
  type SavedLogRecord,
  writeSavedRecord,
} from './saved-logs.ts';

/** So long a cluster that is to be destroyed is kept for its logs, and so much of them is brought home. */
const limits = { ms: 60_000, bytes: 1_000_000_000 } as const;
/** Logs that are copied at the same time. */
const concurrency = 4;

/** What was brought home from a cluster. */
export interface SavedHistory {
  /** Absolute path of the folder of the logs. */
  readonly folder: string;
  readonly applications: number;
  readonly bytes: number;
}

/** Whether jobs may have run on a cluster, and their logs be within reach. */
function mayHaveHistory(cluster: Cluster): boolean {
  const { state, launchId } = cluster;
  const isUp = state === 'running' || state === 'degraded' || state === 'mixed';
  const isLocal = cluster.provider === 'local' && state === 'stopped';
  return launchId !== null && hasService(cluster, 'spark') && (isUp || isLocal);
}

/**
 * Brings the event logs of a cluster’s applications to this machine before it is destroyed, as far as that goes in a minute. What is
 * lost is a warning: nothing keeps a cluster from being destroyed.
 *
 * @returns what was saved; `null` if that is nothing
 */
export async function bringHistoryHome(found: FoundCluster): Promise<SavedHistory | null> {
  const { provider, cluster, context } = found;
  if (!mayHaveHistory(cluster)) return null;
  // Who only removes it isn’t to be asked for host keys and passphrases.
  if ((await provider.isKnownHere?.(cluster, context)) === false) {
    warn(
      `The event logs of "${cluster.name}" were not saved, because this machine has never connected to it.`,
      context,
    );
    return null;
  }
  const limit = timeLimit(limits.ms, context.signal);
  const work: WorkContext = { ...context, signal: limit };
  try {
    const opened = provider.openEventLogs(cluster, work);
    const folder = await untilAborted(opened, limit, (late) => void late?.close());
    if (folder === undefined) return null;
    try {
      if (folder.remains === undefined) return await bringLogs(found, folder, work);
      context.emit('history.remains', { folder: folder.remains });
      return null;
    } finally {
      await folder.close();
    }
  } catch (error) {
    context.signal.throwIfAborted();
    const why = limit.aborted ? 'they could not be read in time' : toClusterError(error).message;
    warn(
      `The event logs of "${cluster.name}" could not be saved: ${why.replace(/\.$/, '')}.`,
      context,
    );
    return null;
  }
}

async function bringLogs(
  { provider, cluster, context }: FoundCluster,
  folder: EventLogFolder,
  work: WorkContext,
): Promise<SavedHistory | null> {
  const { signal } = work;
  const logs = findEventLogs(await untilAborted(folder.list(), signal)).filter(
    ({ bytes }) => bytes > 0,
  );
  if (logs.length === 0) return null;
  const pricePerHour = await provider.pricePerHour?.(cluster, work).catch(() => null);
  const target = eventsFolderOf(cluster.name, context);
  await makeSavedFolder(historyFolder(context));
  await makeSavedFolder(target);
  const record: SavedLogRecord = {
    format: 1,
    cluster: cluster.name,
    provider: cluster.provider,
    region: cluster.region ?? null,
    launchId: cluster.launchId,
    savedAt: new Date(context.clock.now()).toISOString(),
    pricePerHour: pricePerHour ?? null,
  };
  let planned = 0;
  let bytes = 0;
  let applications = 0;
  const failures: string[] = [];
  // The newest first: if not all fit, these are wanted.
  await pMap(
    logs,
    async (log) => {
      planned += log.bytes;
      try {
        if (planned > limits.bytes)
          throw new ClusterError(
            'TRANSFER_FAILED',
            `there are more than ${formatBytes(limits.bytes)}`,
          );
        signal.throwIfAborted();
        await copyLog(log, folder, target, signal);
        await writeSavedRecord(log.name, record, context);
        applications += 1;
        bytes += log.bytes;
      } catch (error) {
        context.signal.throwIfAborted();
        const late = signal.aborted ? 'they could not be read in time' : undefined;
        failures.push(late ?? toClusterError(error).message.replace(/\.$/, ''));
      }
    },
    { concurrency },
  );
  const [failure] = failures;
  if (failure !== undefined)
    warn(
      `The event logs of ${failures.length} of ${logs.length} applications of "${cluster.name}" could not be saved: ${failure}.`,
      context,
    );
  await pruneSavedLogs(context).catch(() => undefined);
  if (applications === 0) return null;
  const saved = { folder: target, applications, bytes };
  context.emit('history.saved', saved);
  return saved;
}

/** Copies a log so that it is there whole, or not at all. */
async function copyLog(
  log: EventLog,
  folder: EventLogFolder,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const draft = join(target, `.${log.name}.new`);
  await rm(draft, { recursive: true, force: true });
  try {
    for (const file of log.files) {
      const [, inside] = file.path.split('/');
      const path = inside === undefined ? draft : join(draft, inside);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await pipeline(
        limited(folder.read(file), file.bytes),
        createWriteStream(path, { mode: 0o600 }),
        {
          signal,
        },
      );
      // When an application ran is told by its log.
      await utimes(path, file.modifiedAt / 1000, file.modifiedAt / 1000);
    }
    await rm(join(target, log.name), { recursive: true, force: true });
    await rename(draft, join(target, log.name));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** A log may grow while it is read; more of it than was listed isn’t taken. */
async function* limited(
  pieces: AsyncIterable<Uint8Array>,
  most: number,
): AsyncGenerator<Uint8Array> {
  let left = most;
  for await (const piece of pieces) {
    if (piece.length >= left) {
      yield piece.subarray(0, left);
      return;
    }
    left -= piece.length;
    yield piece;
  }
}

function warn(message: string, context: WorkContext): void {
  context.emit('warning', { kind: 'TRANSFER_FAILED', message, remedies: [] });
}
