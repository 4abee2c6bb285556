import * as vscode from 'vscode';
import type { EngineEvent, EventCode } from '../../model/events.ts';
import { formatEvent } from '../../text/events.ts';
import type { OutputTerminal } from './output-terminal.ts';

/** What is said between the lines of a job's output. */
const newsCodes: ReadonlySet<EventCode> = new Set<EventCode>([
  'connection.lost',
  'connection.restored',
  'job.outputCut',
  'warning',
]);

/** Shows what a job prints, and what happens to its connection, in its terminal. */
export function showJobEvent(terminal: OutputTerminal, event: EngineEvent): void {
  if (event.code === 'job.output') terminal.write(event.text);
  if (!newsCodes.has(event.code)) return;
  const line = formatEvent(event, { translate: vscode.l10n.t });
  if (line !== undefined) terminal.write(`${line.text}\n`, 'grey');
}
