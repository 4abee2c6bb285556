import type { EngineEvent } from '../../../model/events.ts';
import type { Line } from '../palette.ts';

/** What a person sees of a verb's progress, on standard error. */
export interface View {
  /** Takes an event. */
  notify(event: EngineEvent): void;
  /** Says something that stays. */
  print(line: Line): void;
  /** Says something about the work while it goes on. */
  note(text: string): void;
  /** Lets go of the screen for a question; gives what takes it back. */
  pause(): () => void;
  /** The work is over: shows the last picture and stops. */
  end(): void;
}
