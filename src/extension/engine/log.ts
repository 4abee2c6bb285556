import type * as vscode from 'vscode';
import { plainText } from '../../base/plain-text.ts';
import { isClusterError } from '../../model/errors.ts';
import type { EngineEvent } from '../../model/events.ts';
import { formatEvent, formatEventLine } from '../../text/events.ts';
import type { ListingProblem } from '../clusters/listing.ts';
import { remediesText } from '../ui/remedies.ts';

/** What takes lines of the log. */
type Log = Pick<vscode.LogOutputChannel, 'error' | 'warn' | 'info' | 'debug' | 'trace'>;

/** A log of which each entry is one line of plain text: no text of others looks like an entry of its own. */
function plainLog(log: Log): Log {
  const plain = (level: keyof Log) => (text: string | Error) => log[level](plainText(String(text)));
  return {
    error: plain('error'),
    warn: plain('warn'),
    info: plain('info'),
    debug: plain('debug'),
    trace: plain('trace'),
  };
}

/** Writes an event into the log, at the level that its weight has. */
export function logEvent(channel: vscode.LogOutputChannel, event: EngineEvent): void {
  const log = plainLog(channel);
  const subject = event.cluster === '' ? '' : `${event.cluster}: `;
  const line = formatEvent(event, { remedies: remediesText });
  // The output of jobs and commands has a terminal of its own, and of downloads there is a line each second.
  if (line === undefined || event.code === 'download.progress')
    log.trace(`${subject}${JSON.stringify(event)}`);
  else log[logLevels[line.level]](`${subject}${formatEventLine(line)}`);
}

const logLevels = { debug: 'debug', info: 'info', warning: 'warn', error: 'error' } as const;

/** Writes what could not be listed, and why. */
export function logProblems(
  log: vscode.LogOutputChannel,
  problems: readonly ListingProblem[],
): void {
  for (const { where, code, message, remedies } of problems)
    plainLog(log).error(
      `${[`${where}: ${message}`, remediesText(remedies)].filter(Boolean).join(' ')} (${code})`,
    );
}

/** Writes an error with all that led to it. */
export function logError(channel: vscode.LogOutputChannel, doing: string, error: unknown): void {
  const log = plainLog(channel);
  log.error(`${doing}: ${error instanceof Error ? error.message : String(error)}`);
  let current = error;
  while (current instanceof Error) {
    if (isClusterError(current)) {
      if (current.remedies.length > 0) log.info(remediesText(current.remedies));
      log.debug(`${current.code} ${JSON.stringify(current.details)}`);
    }
    for (const line of (current.stack ?? current.message).split('\n')) log.debug(line);
    current = current.cause;
  }
}
