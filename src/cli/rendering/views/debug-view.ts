import type { EngineEvent } from '../../../model/events.ts';
import { formatEvent, formatLeveledLine } from '../../../text/events.ts';
import type { Line } from '../palette.ts';
import { remediesLine } from '../remedies.ts';
import { padEnd } from '../text-layout.ts';
import { writeLine } from '../write.ts';
import type { View, ViewOptions } from './view.ts';

/** Room for a node's name. */
const subjectWidth = 10;

/** Every event as it comes, with its time: for those who look for a defect. */
export class DebugView implements View {
  constructor(private readonly options: ViewOptions) {}

  notify(event: EngineEvent): void {
    const { progress, clock, clusterFlags } = this.options;
    progress.apply(event, clock.now());
    // Output is printed anyway.
    const line = formatEvent(event, {
      remedies: (remedies) => remediesLine(remedies, clusterFlags),
    });
    if (line === undefined) return;
    const subject = padEnd(line.subject === '' ? event.cluster : line.subject, subjectWidth);
    const text = formatLeveledLine({ ...line, subject: '' });
    this.print([[`${event.time.slice(11, 23)}  ${subject}  ${text}`]]);
  }

  print(line: Line): void {
    writeLine(this.options.output, line, false);
  }

  note(text: string): void {
    this.print([[text]]);
  }

  pause(): () => void {
    return () => undefined;
  }

  end(): void {
    // There is nothing on the screen to let go of.
  }
}
