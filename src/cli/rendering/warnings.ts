import type { EngineEvent } from '../../model/events.ts';
import type { ClusterFlag } from './command-line.ts';
import type { Line } from './palette.ts';
import { remedyLine } from './remedies.ts';
import { oneLine } from './text-layout.ts';

/** What an event says that a user should still see when the work is over. */
export function warningLines(event: EngineEvent, given: readonly ClusterFlag[]): Line[] {
  switch (event.code) {
    case 'warning':
      return warning(event.message, ...event.remedies.map((remedy) => remedyLine(remedy, given)));
    case 'source.failed': {
      const { source, reason, next } = event;
      const said = reason.includes(source) ? reason : `${source}: ${reason}`;
      // Without a next one the error says it all.
      return next === null ? [] : warning(said, `Trying ${next}`);
    }
    default:
      return [];
  }
}

function warning(message: string, ...more: readonly string[]): Line[] {
  return [
    [['warning: ', 'yellow'], [oneLine(message)]],
    ...more.map((line): Line => [[`  ${oneLine(line)}`]]),
  ];
}
