import { explainApplication } from '../../history/explain-application.ts';
import { readLocalLog } from '../../history/local-log-folder.ts';
import { type EventLog, findEventLogs } from '../../history/log-files.ts';
import { readEventLog, readJobOf, UnreadableCodec } from '../../history/read-event-log.ts';
import { type Cluster } from '../../model/cluster/cluster.ts';
import { ClusterError, isClusterError } from '../../model/errors.ts';
import type { EventLogFile } from '../../model/history/event-log.ts';
import type { Explanation } from '../../model/history/explanation.ts';
import { isJobId } from '../../model/job.ts';
import { advice, callVerb, type Remedy } from '../../model/remedy.ts';
import { parseSparkStatus, sparkStatusPath } from '../../node/services/spark.ts';
import { readSavedRecord, savedLogsOf } from '../history/saved-logs.ts';
import { withConnection } from '../support/connection.ts';
import { type Engine, signalOf, type VerbOptions } from '../support/context.ts';
import { type FoundCluster, requireCluster } from '../support/find-cluster.ts';
import { requirePossibleName } from '../support/guards.ts';

/** Logs that are looked at for a job, the newest first. */
const searchedLogs = 200;
/** Applications that an error names. */
const namedApplications = 10;

/** What {@link explain} takes. */
export interface ExplainOptions extends VerbOptions {
  /**
   * Id of the application, or the end of it that no other has: `app-20261130121535-0003`, `0003`. That of a job means its newest
   * application.
   * @default the newest one
   */
  readonly application?: string | undefined;
  /**
   * Whether to read what was saved of the cluster when it was destroyed, though there is one of its name.
   * @default false
   */
  readonly saved?: boolean | undefined;
}

/** What {@link explain} found. */
export interface ExplainResult extends Explanation {
  /** Name of the cluster. */
  readonly cluster: string;
  /** When the log was saved, ISO 8601 in UTC; `null` if it is the cluster’s own. */
  readonly savedAt: string | null;
  /** Ids of all applications that can be explained, the newest first. */
  readonly applications: readonly string[];
}

/** Where an application’s log is, and what is known beside it. */
interface LogSource {
  readonly logs: readonly EventLog[];
  readonly open: (file: EventLogFile) => AsyncIterable<Uint8Array>;
  readonly isFree: boolean;
  /** Whether an application runs now. */
  readonly isRunning: (log: EventLog) => Promise<boolean>;
  readonly pricePerHour: (log: EventLog) => Promise<number | null>;
  readonly savedAt: (log: EventLog) => Promise<string | null>;
}

/**
 * Says, from its event log alone, why an application took as long as it did, or failed: of one that runs, has run, or was saved when
 * its cluster was destroyed.
 *
 * @throws ClusterError `CLUSTER_NOT_FOUND`, `CLUSTER_STATE_UNFIT` if its machine doesn’t run, `APPLICATION_NOT_FOUND`
 */
export async function explain(
  engine: Engine,
  name: string,
  options: ExplainOptions,
): Promise<ExplainResult> {
  const signal = signalOf(options);
  if (options.saved === true) return explainSaved(engine, name, options, signal);
  const found = await requireCluster(engine, name, options).catch(async (error: unknown) => {
    // Of a cluster that is gone there may be what was saved of it.
    if (!isClusterError(error) || error.code !== 'CLUSTER_NOT_FOUND') throw error;
    if ((await savedLogsOf(name, engine.surroundings)).logs.length === 0) throw error;
    return undefined;
  });
  if (found === undefined) return explainSaved(engine, name, options, signal);
  const folder = await found.provider.openEventLogs(found.cluster, found.context);
  if (folder === undefined) throw notReadable(found.cluster);
  try {
    return await explainFrom(
      name,
      {
        logs: findEventLogs(await folder.list()),
        open: (file) => folder.read(file),
        isFree: found.provider.pricePerHour === undefined,
        isRunning: (log) => isRunning(found, log),
        pricePerHour: () =>
          found.provider.pricePerHour?.(found.cluster, found.context).catch(() => null) ??
          Promise.resolve(null),
        savedAt: () => Promise.resolve(null),
      },
      engine.surroundings.clock.now(),
      options,
      signal,
    );
  } finally {
    await folder.close();
  }
}

async function explainSaved(
  engine: Engine,
  name: string,
  options: ExplainOptions,
  signal: AbortSignal,
): Promise<ExplainResult> {
  requirePossibleName(name);
  const { surroundings } = engine;
  const { events, logs } = await savedLogsOf(name, surroundings);
  const record = (log: EventLog): ReturnType<typeof readSavedRecord> =>
    readSavedRecord(log.name, name, surroundings);
  return explainFrom(
    name,
    {
      logs,
      open: (file) => readLocalLog(events, file),
      isFree: logs[0] !== undefined && (await record(logs[0]))?.provider === 'local',
      isRunning: () => Promise.resolve(false),
      pricePerHour: async (log) => (await record(log))?.pricePerHour ?? null,
      savedAt: async (log) => (await record(log))?.savedAt ?? null,
    },
    surroundings.clock.now(),
    options,
    signal,
  );
}

async function explainFrom(
  cluster: string,
  source: LogSource,
  now: number,
  { application, saved = false }: ExplainOptions,
  signal: AbortSignal,
): Promise<ExplainResult> {
  const log =
    application !== undefined && isJobId(application)
      ? await logOfJob(cluster, source, application, signal)
      : chooseLog(cluster, source.logs, application, saved);
  const [running, pricePerHour, savedAt] = await Promise.all([
    log.isInProgress ? source.isRunning(log) : false,
    source.pricePerHour(log),
    source.savedAt(log),
  ]);
  const history = await readEventLog(log, { signal, open: source.open }).catch((error: unknown) => {
    if (!(error instanceof UnreadableCodec)) throw error;
    throw new ClusterError(
      'ARGUMENT_INVALID',
      `The event log of ${log.application} can’t be read: ${error.message}.`,
      {
        remedies: advice(
          'Set spark.eventLog.compression.codec to zstd, or use the history server.',
        ),
      },
    );
  });
  return {
    cluster,
    savedAt,
    applications: source.logs.map((one) => one.application),
    ...explainApplication(history, {
      now: running ? now : undefined,
      pricePerHour,
      isFree: source.isFree,
    }),
  };
}

function chooseLog(
  cluster: string,
  logs: readonly EventLog[],
  wanted: string | undefined,
  saved: boolean,
): EventLog {
  const [newest] = logs;
  if (newest === undefined)
    throw new ClusterError(
      'APPLICATION_NOT_FOUND',
      saved
        ? `No event logs of a cluster named "${cluster}" are saved on this machine.`
        : `No application has run on "${cluster}" yet.`,
    );
  if (wanted === undefined) return newest;
  const exact = logs.find(({ application }) => application === wanted);
  const fitting = logs.filter(({ application }) => wanted !== '' && application.endsWith(wanted));
  const [only, another] = exact === undefined ? fitting : [exact];
  if (only !== undefined && another === undefined) return only;
  const shown = (another === undefined ? logs : fitting).map(({ application }) => application);
  throw new ClusterError(
    'APPLICATION_NOT_FOUND',
    another === undefined
      ? `Application "${wanted}" was not found on "${cluster}".`
      : `Several applications of "${cluster}" end with "${wanted}".`,
    {
      remedies: advice(`Use one of: ${shown.slice(0, namedApplications).join(', ')}.`),
      details: { applications: shown },
    },
  );
}

/** The newest log of a job, by what its applications say of themselves. */
async function logOfJob(
  cluster: string,
  { logs, open }: LogSource,
  job: string,
  signal: AbortSignal,
): Promise<EventLog> {
  for (const log of logs.slice(0, searchedLogs))
    if ((await readJobOf(log, { signal, open })) === job) return log;
  throw new ClusterError(
    'APPLICATION_NOT_FOUND',
    `No application of job "${job}" was found on "${cluster}".`,
  );
}

/** Whether Spark’s master knows an application as one that runs: a log that wasn’t ended may be that of one that was killed. */
async function isRunning(found: FoundCluster, { application }: EventLog): Promise<boolean> {
  const { master } = found.cluster;
  if (master === null) return false;
  try {
    return await withConnection(found, async (connection) => {
      const page = await connection.get(master, sparkStatusPath, found.context.signal);
      return parseSparkStatus(page).applications.some(({ id }) => id === application);
    });
  } catch (error) {
    found.context.signal.throwIfAborted();
    if (error instanceof Error) return false;
    throw error;
  }
}

function notReadable(cluster: Cluster): ClusterError {
  const remedies: readonly Remedy[] =
    cluster.launchId === null ? [] : [callVerb('Start the cluster.', 'start', cluster, {})];
  return new ClusterError(
    'CLUSTER_STATE_UNFIT',
    cluster.launchId === null
      ? `Cluster "${cluster.name}" was launched by the Python Flintrock, which keeps no event logs.`
      : `The event logs of "${cluster.name}" are on its master, which is not running.`,
    { remedies },
  );
}
