import {
  type EventLogFile,
  isEventLogPath,
  rolledEvents,
  rolledFolder,
  singleLog,
} from '../model/history/event-log.ts';

/** The event log of one application: one file, or a folder of them. */
export interface EventLog {
  /** Name of the file or folder. */
  readonly name: string;
  /** Id of the application, `app-20261130121535-0000`, and its attempt if it has several. */
  readonly application: string;
  /** Whether the application hadn't ended when the log was listed, or ended without a word. */
  readonly isInProgress: boolean;
  /** What to read, in this order. */
  readonly events: readonly EventLogFile[];
  /** All that belongs to it, for a copy that Spark's history server can read. */
  readonly files: readonly EventLogFile[];
  readonly bytes: number;
  readonly modifiedAt: number;
}

/** Finds the logs in a folder by the files in it, the newest first. */
export function findEventLogs(files: readonly EventLogFile[]): EventLog[] {
  const folders = new Map<string, EventLogFile[]>();
  const logs: EventLog[] = [];
  for (const file of files) {
    if (!isEventLogPath(file.path)) continue;
    const [folder = '', inside] = file.path.split('/');
    if (inside !== undefined) {
      const known = folders.get(folder);
      if (known === undefined) folders.set(folder, [file]);
      else known.push(file);
    } else {
      const [, application = '', inProgress] = singleLog.exec(folder) ?? [];
      if (rolledFolder.test(folder)) continue;
      logs.push(logOf(folder, application, inProgress !== undefined, [file], [file]));
    }
  }
  for (const [folder, inside] of folders) {
    const application = rolledFolder.exec(folder)?.[1] ?? '';
    const events = eventsInOrder(inside);
    if (events.length === 0) continue;
    const isInProgress = inside.some(({ path }) => path.endsWith('.inprogress'));
    logs.push(logOf(folder, application, isInProgress, events, inside));
  }
  return logs.sort((a, b) => b.modifiedAt - a.modifiedAt || (a.name < b.name ? 1 : -1));
}

function logOf(
  name: string,
  application: string,
  isInProgress: boolean,
  events: readonly EventLogFile[],
  files: readonly EventLogFile[],
): EventLog {
  return {
    name,
    application,
    isInProgress,
    events,
    files,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    modifiedAt: files.reduce((last, file) => Math.max(last, file.modifiedAt), 0),
  };
}

/** The files of events by number, from the last one on that holds what was left of those before it. */
function eventsInOrder(files: readonly EventLogFile[]): EventLogFile[] {
  const numbered = files
    .flatMap((file) => {
      const [, number, compact] = rolledEvents.exec(file.path.split('/')[1] ?? '') ?? [];
      return number === undefined
        ? []
        : [{ file, number: Number(number), isCompact: compact !== undefined }];
    })
    .sort((a, b) => a.number - b.number || Number(a.isCompact) - Number(b.isCompact));
  return numbered
    .slice(
      Math.max(
        0,
        numbered.findLastIndex((one) => one.isCompact),
      ),
    )
    .map((one) => one.file);
}

/** How a file of events is compressed, by its name: Spark's short name of a codec; `null` if it isn't. */
export function codecOf({ path }: EventLogFile): string | null {
  const name = path.split('/').at(-1) ?? '';
  return /\.([a-z0-9]+)$/.exec(name.replace(/\.compact$|\.inprogress$/g, ''))?.[1] ?? null;
}
