import type { ApplicationHistory, PythonLine } from './application.ts';

/** A Spark property, or another setting, that a finding says to change. */
export interface SettingChange {
  readonly setting: string;
  /** A value to try; `null` where only the user can know. */
  readonly value: string | null;
  /** What it is now; `null` if the application didn't set it. */
  readonly current: string | null;
}

/** A stage, as a finding names it. */
export interface FindingStage {
  readonly id: number;
  readonly attempt: number;
  readonly name: string;
}

/** What every finding has. */
interface FindingBase {
  readonly severity: 'error' | 'warning';
  /** How much sooner the application could have ended, in milliseconds: an estimate, by which findings are ranked. */
  readonly lostMs: number;
  readonly stage: FindingStage | null;
  /** The settings to change, the likeliest first; none where only the code can be changed. */
  readonly settings: readonly SettingChange[];
}

/** What slowed an application down, or made it fail. */
export type ExplainFinding = FindingBase &
  (
    | {
        /** Tasks failed. */
        readonly kind: 'failed-tasks';
        readonly tasks: number;
        readonly isFatal: boolean;
        readonly error: string;
        readonly python: PythonLine | null;
      }
    | {
        /** Executors were lost. */
        readonly kind: 'lost-executors';
        readonly executors: number;
        readonly reason: string;
        /** Whether they used more memory than they may. */
        readonly isMemory: boolean;
      }
    | {
        /** No core was there for tasks that could have run. */
        readonly kind: 'waiting-for-cores';
        readonly waitedMs: number;
        /** Whether it waits still. */
        readonly isWaiting: boolean;
      }
    | {
        /** A few tasks had far more to do than the others. */
        readonly kind: 'skew';
        readonly longestMs: number;
        readonly medianMs: number;
        readonly longestBytes: number;
        readonly medianBytes: number;
        readonly tasks: number;
      }
    | {
        /** Data did not fit in memory, and was written to disk and read again. */
        readonly kind: 'spill';
        readonly diskBytes: number;
        readonly memoryBytes: number;
        readonly stages: number;
        readonly tasks: number;
      }
    | {
        /** The JVMs were busy with collecting garbage. */
        readonly kind: 'garbage-collection';
        readonly gcMs: number;
        /** Of the time of all tasks, from 0 to 1. */
        readonly share: number;
      }
    | {
        /** A stage had fewer tasks than there were cores. */
        readonly kind: 'idle-cores';
        readonly tasks: number;
        readonly slots: number;
        /** How long so, in milliseconds. */
        readonly durationMs: number;
        readonly stages: number;
      }
    | {
        /** The driver worked, or waited, while executors held their cores. */
        readonly kind: 'idle-driver';
        readonly idleMs: number;
        readonly cores: number;
      }
    | {
        /** So many short tasks that starting them took longer than they did. */
        readonly kind: 'tiny-tasks';
        readonly tasks: number;
        readonly medianMs: number;
      }
  );

/** What {@link ExplainFinding.kind} can be. */
export type FindingKind = ExplainFinding['kind'];

/** What an application used, and what that cost. */
export interface ApplicationUse {
  /** From its start to its end, or until now. */
  readonly durationMs: number;
  /** Cores that it held, times hours. */
  readonly coreHours: number;
  /** The part of that in which tasks ran, from 0 to 1; `null` if it held none. */
  readonly busyShare: number | null;
  /** US dollars: the price of the whole cluster for that time; `null` if it isn't known. */
  readonly dollars: number | null;
  /** Whether the cluster costs nothing. */
  readonly isFree: boolean;
}

/** Why an application took as long as it did, or failed. */
export interface Explanation {
  readonly application: ApplicationHistory;
  readonly use: ApplicationUse;
  /** What to look at first, first. */
  readonly findings: readonly ExplainFinding[];
}
