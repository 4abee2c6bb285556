import type { Clock } from '../../../base/clock.ts';
import type { EngineEvent } from '../../../model/events.ts';
import type { Progress } from '../../../model/progress.ts';
import type { Output } from '../../io.ts';
import type { ClusterFlag } from '../command-line.ts';
import type { Line } from '../palette.ts';

/** What every view needs of its surroundings. */
export interface ViewOptions {
  readonly output: Output;
  readonly clock: Clock;
  readonly progress: Progress;
  /** Flags of the call that say which cluster is meant: the commands of remedies need them again. */
  readonly clusterFlags: readonly ClusterFlag[];
}

/** What a user sees of a verb's progress, on standard error. */
export interface View {
  /** Takes an event. */
  notify(event: EngineEvent): void;
  /** Says something that stays. */
  print(line: Line): void;
  /** Says something about the work while it goes on. */
  note(text: string): void;
  /** Shows a part of the result until the work is over, where that can be taken away again. */
  preview?(lines: readonly Line[]): void;
  /** Lets go of the screen for a question; gives what takes it back. */
  pause(): () => void;
  /** The work is over: shows the last picture and stops. */
  end(): void;
}
