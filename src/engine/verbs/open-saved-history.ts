import { timeLimit } from '../../base/time-limit.ts';
import { ClusterError } from '../../model/errors.ts';
import { waitFor } from '../../model/wait.ts';
import { allSavedLogs, gatherSavedLogs, savedLogsOf } from '../history/saved-logs.ts';
import {
  type Engine,
  loadProvider,
  signalOf,
  type VerbOptions,
  workContext,
} from '../support/context.ts';
import { requirePossibleName } from '../support/guards.ts';
import type { PageAddress } from './open-page.ts';

/** How long the history server may take to be there, in milliseconds: a JVM that begins on a machine that works. */
const serverLimitMs = 90_000;
const answerLimitMs = 10_000;

/** A history server of this machine, until it is closed. */
export interface SavedHistoryResult {
  readonly pages: readonly PageAddress[];
  /** How many applications it shows. */
  readonly applications: number;
  /** Resolves when it has ended. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/**
 * Shows saved event logs with Spark’s history server, on this machine and without any cluster. Spark is downloaded unless it is here.
 *
 * @param cluster name of the clusters whose applications are shown; absent: all
 * @throws ClusterError `APPLICATION_NOT_FOUND` if nothing is saved, `JAVA_NOT_FOUND`, `SPARK_NOT_FOUND`
 */
export async function openSavedHistory(
  engine: Engine,
  cluster: string | undefined,
  options: VerbOptions,
): Promise<SavedHistoryResult> {
  if (cluster !== undefined) requirePossibleName(cluster);
  const { surroundings } = engine;
  const all =
    cluster === undefined
      ? await allSavedLogs(surroundings)
      : [await savedLogsOf(cluster, surroundings)];
  const applications = all.reduce((sum, { logs }) => sum + logs.length, 0);
  const [first] = all;
  if (applications === 0 || first === undefined)
    throw new ClusterError(
      'APPLICATION_NOT_FOUND',
      cluster === undefined
        ? 'No event logs are saved on this machine.'
        : `No event logs of a cluster named "${cluster}" are saved on this machine.`,
    );
  const folder = all.length === 1 ? first.events : await gatherSavedLogs(all, surroundings);
  const signal = signalOf(options);
  const settings = await engine.resolve({
    overrides: { ...options.values, provider: 'local' },
    verb: 'login',
  });
  const provider = await loadProvider(engine, 'local');
  const context = workContext(engine, cluster ?? '', 'local', settings.values, signal);
  const server = await provider.serveSavedHistory?.(folder, context);
  if (server === undefined)
    throw new ClusterError('PLATFORM_UNSUPPORTED', 'Saved history can’t be shown on this machine.');
  const address = `http://127.0.0.1:${server.port}/`;
  try {
    await waitFor(() => answers(address, signal), {
      clock: context.clock,
      signal,
      reason: () => 'the history server',
      limitMs: serverLimitMs,
      everyMs: 200,
    });
  } catch (error) {
    await server.close();
    throw error;
  }
  return {
    pages: [{ label: 'History server', address }],
    applications,
    closed: server.closed,
    close: () => server.close(),
  };
}

async function answers(address: string, signal: AbortSignal): Promise<true | undefined> {
  try {
    const { ok, body } = await fetch(address, { signal: timeLimit(answerLimitMs, signal) });
    await body?.cancel();
    return ok ? true : undefined;
  } catch {
    return undefined;
  }
}
