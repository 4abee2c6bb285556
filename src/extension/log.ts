import type * as vscode from 'vscode';
import type { ListingProblem } from './listing.ts';
import { isClusterError } from '../model/errors.ts';
import type { EngineEvent } from '../model/events.ts';
import { remediesText } from './remedies.ts';
import { plainText } from '../model/plain-text.ts';

/** What takes lines of the log. */
type Log = Pick<vscode.LogOutputChannel, 'error' | 'warn' | 'info' | 'debug' | 'trace'>;

/** A log of which each entry is one line of plain text: nobody else's text looks like an entry of its own. */
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
  const { code, cluster } = event;
  const subject = cluster === '' ? '' : `${cluster}: `;
  const payload = Object.fromEntries(
    Object.entries(event).filter(([key]) => !['code', 'time', 'cluster', 'provider'].includes(key)),
  );
  switch (event.code) {
    case 'warning':
      log.warn(`${subject}${event.message} ${remediesText(event.remedies)}`.trimEnd());
      break;
    case 'node.trouble':
      log.warn(`${subject}${event.node}: ${event.message}`);
      break;
    case 'node.phase':
      log.info(
        `${subject}${event.node} ${event.phase}${event.detail === null ? '' : ` (${event.detail})`}`,
      );
      break;
    case 'verb.started':
      log.info(`${subject}${event.verb} …`);
      break;
    case 'verb.finished':
      log.info(`${subject}${event.verb} done in ${event.seconds.toFixed(1)} s`);
      break;
    case 'cleanup.finished':
      if (event.left.length > 0) log.error(`${subject}left behind: ${event.left.join('; ')}`);
      else log.info(`${subject}cleaned up`);
      break;
    case 'download.progress':
    case 'job.output':
    case 'command.output':
      log.trace(`${subject}${code} ${JSON.stringify(payload)}`);
      break;
    default:
      log.debug(`${subject}${code} ${JSON.stringify(payload)}`);
  }
}

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
