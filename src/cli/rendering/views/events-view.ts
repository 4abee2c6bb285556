import type { EngineEvent } from '../../../model/events.ts';
import type { Line } from '../palette.ts';
import { writeJson } from '../write.ts';
import type { View, ViewOptions } from './view.ts';

/** Every event as a JSON object on a line of its own: for programs. */
export class EventsView implements View {
  constructor(private readonly options: ViewOptions) {}

  notify(event: EngineEvent): void {
    const { output, progress, clock } = this.options;
    progress.apply(event, clock.now());
    writeJson(output, event);
  }

  print(line: Line): void {
    this.note(line.map(([text]) => text).join(''));
  }

  note(text: string): void {
    writeJson(this.options.output, { code: 'note', text });
  }

  pause(): () => void {
    return () => undefined;
  }

  end(): void {
    // There is nothing on the screen to let go of.
  }
}
