/** A file in a folder of event logs. */
export interface EventLogFile {
  /** Its path in that folder: a name, or the name of a folder and one in it. */
  readonly path: string;
  readonly bytes: number;
  /** When it was written last, in milliseconds since 1970. */
  readonly modifiedAt: number;
}

// Spark leaves no other characters in ids that become names (`EventLogFileWriter.nameForAppAndAttempt`).
const part = '[A-Za-z0-9][A-Za-z0-9_-]{0,199}';
const codec = '(?:\\.(?!compact|inprogress)[a-z0-9]{1,12})?';
/** A log that is one file: its application, and whether it goes on. */
export const singleLog = new RegExp(`^(${part})${codec}(\\.inprogress)?$`);
/** A log that is a folder of several files: its application. */
export const rolledFolder = new RegExp(`^eventlog_v2_(${part})$`);
/** A file of events in such a folder: its number, and whether it stands for all before it. */
export const rolledEvents = new RegExp(`^events_(\\d{1,9})_${part}${codec}(\\.compact)?$`);
const statusFile = new RegExp(`^appstatus_${part}(\\.inprogress)?$`);

/**
 * Whether Spark gives a file of event logs, or a folder of them, such a name; one of any other is nothing that is read or copied.
 *
 * @param path a name, or the name of a folder and one in it
 */
export function isEventLogPath(path: string): boolean {
  const [folder = '', file, ...more] = path.split('/');
  if (more.length > 0) return false;
  if (file === undefined) return rolledFolder.test(folder) || singleLog.test(folder);
  return rolledFolder.test(folder) && (rolledEvents.test(file) || statusFile.test(file));
}
