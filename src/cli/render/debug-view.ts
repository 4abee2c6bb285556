import type { Clock } from '../../model/clock.ts';
import { eventText } from '../../model/event-text.ts';
import type { EngineEvent } from '../../model/events.ts';
import type { Output } from '../io.ts';
import type { Line } from './palette.ts';
import type { Progress } from './progress.ts';
import type { View } from './view.ts';
import { writeLine } from './write.ts';

/** What a view of everything needs of its surroundings. */
export interface DebugViewOptions {
  readonly output: Output;
  readonly clock: Clock;
  readonly progress: Progress;
}

/** Every event as it comes, with its time: for those who look for a defect. */
export class DebugView implements View {
  constructor(private readonly options: DebugViewOptions) {}

  notify(event: EngineEvent): void {
    const { progress, clock } = this.options;
    progress.apply(event, clock.now());
    // Output is printed anyway.
    const text = eventText(event);
    if (text !== undefined) this.print([[`${event.time.slice(11, 23)}  ${text}`]]);
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
