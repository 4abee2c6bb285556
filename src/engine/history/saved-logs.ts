import { chmod, link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, readJsonFile, writeJsonFile } from '../../base/json-file.ts';
import { stateFolder, type Surroundings } from '../../base/surroundings.ts';
import { listLocalLogs } from '../../history/local-log-folder.ts';
import { type EventLog, findEventLogs } from '../../history/log-files.ts';
import type { ProviderKind } from '../../model/cluster/cluster.ts';
import { readableComponent } from '../../model/path-component.ts';

/** How long saved logs are kept, and how much of them: the oldest go first. */
const savedLimits = { maxAgeMs: 28 * 86_400_000, maxBytes: 4_000_000_000 } as const;

/** What is known of a saved log beside itself. */
export interface SavedLogRecord {
  readonly format: 1;
  /** Name of the cluster. */
  readonly cluster: string;
  readonly provider: ProviderKind;
  readonly region: string | null;
  readonly launchId: string | null;
  /** ISO 8601, UTC. */
  readonly savedAt: string;
  /** What the cluster cost an hour, in US dollars; `null` if that wasn’t known. */
  readonly pricePerHour: number | null;
}

/** The saved logs of the clusters of one name. */
export interface SavedLogs {
  /** Name of the cluster. */
  readonly cluster: string;
  /** Folder of the logs, as Spark’s history server reads it. */
  readonly events: string;
  /** The newest first. */
  readonly logs: readonly EventLog[];
}

/** Folder of all saved logs. */
export function historyFolder(surroundings: Surroundings): string {
  return join(stateFolder(surroundings), 'history');
}

/** Folder of the logs of one cluster. */
export function eventsFolderOf(cluster: string, surroundings: Surroundings): string {
  return join(historyFolder(surroundings), readableComponent(cluster), 'events');
}

/** Makes a folder of saved logs, for its owner only: queries and errors may hold anything. */
export async function makeSavedFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
}

/** Writes down where a saved log comes from. */
export async function writeSavedRecord(
  log: string,
  record: SavedLogRecord,
  surroundings: Surroundings,
): Promise<void> {
  const folder = recordsFolder(record.cluster, surroundings);
  await makeSavedFolder(folder);
  await writeJsonFile(join(folder, `${log}.json`), record);
}

/** Where a saved log comes from; `undefined` if nobody knows any more. */
export async function readSavedRecord(
  log: string,
  cluster: string,
  surroundings: Surroundings,
): Promise<SavedLogRecord | undefined> {
  const path = join(recordsFolder(cluster, surroundings), `${log}.json`);
  const record = await readJsonFile(path).catch(() => undefined);
  return isRecord(record) ? record : undefined;
}

/** The saved logs of all clusters, by their names. */
export async function allSavedLogs(surroundings: Surroundings): Promise<SavedLogs[]> {
  const names = await namesIn(historyFolder(surroundings));
  const found = await Promise.all(
    names.filter((name) => !name.startsWith('.')).map((name) => savedLogsOf(name, surroundings)),
  );
  return found.filter(({ logs }) => logs.length > 0);
}

/** The saved logs of the clusters of one name; there may be none. */
export async function savedLogsOf(cluster: string, surroundings: Surroundings): Promise<SavedLogs> {
  const events = eventsFolderOf(cluster, surroundings);
  return { cluster, events, logs: findEventLogs(await listLocalLogs(events)) };
}

/** Removes what is older than the limit, and the oldest of what is more. */
export async function pruneSavedLogs(surroundings: Surroundings): Promise<void> {
  const now = surroundings.clock.now();
  const all = (await allSavedLogs(surroundings)).flatMap(({ cluster, events, logs }) =>
    logs.map((log) => ({ cluster, events, log })),
  );
  let bytes = 0;
  for (const { cluster, events, log } of all.sort((a, b) => b.log.modifiedAt - a.log.modifiedAt)) {
    bytes += log.bytes;
    const record = await readSavedRecord(log.name, cluster, surroundings);
    const savedAt = Date.parse(record?.savedAt ?? '') || log.modifiedAt;
    if (now - savedAt <= savedLimits.maxAgeMs && bytes <= savedLimits.maxBytes) continue;
    await rm(join(events, log.name), { recursive: true, force: true });
    await rm(join(recordsFolder(cluster, surroundings), `${log.name}.json`), { force: true });
  }
}

/**
 * A folder with the logs of all clusters, for a history server: it looks into one only. Nothing is copied, its files are the same as
 * those in the clusters’ folders.
 */
export async function gatherSavedLogs(
  all: readonly SavedLogs[],
  surroundings: Surroundings,
): Promise<string> {
  const folder = join(historyFolder(surroundings), '.all');
  await rm(folder, { recursive: true, force: true });
  await makeSavedFolder(folder);
  for (const { events, logs } of all)
    for (const { files, name } of logs) {
      if (files.some(({ path }) => path !== name))
        await mkdir(join(folder, name), { recursive: true });
      for (const { path } of files)
        await link(join(events, path), join(folder, path)).catch(ignoreExisting);
    }
  return folder;
}

/** Two clusters may have given an application the same id in the same second: one of them is shown. */
function ignoreExisting(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
}

function recordsFolder(cluster: string, surroundings: Surroundings): string {
  return join(historyFolder(surroundings), readableComponent(cluster), 'records');
}

function isRecord(value: unknown): value is SavedLogRecord {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === 1;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await stat(folder)).isDirectory() ? await readdir(folder) : [];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
