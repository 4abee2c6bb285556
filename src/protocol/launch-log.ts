import type { ClusterState } from '../model/cluster/cluster.ts';
import type { EngineEvent } from '../model/events.ts';

/** Which launch a log is of. */
export interface LaunchHeader {
  readonly id: string;
  readonly cluster: string;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
  /** Seconds that launches like this one usually take; `null` if there was none yet. */
  readonly usualSeconds: number | null;
}

/** How a launch ended; `interrupted` is one whose window was closed. */
export interface LaunchEnd {
  readonly status: 'ready' | 'failed' | 'cancelled' | 'interrupted';
  /** ISO 8601 in UTC; `null` if that isn't known. */
  readonly time: string | null;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
    /** What could not be removed. */
    readonly left: readonly string[];
  } | null;
}

/** What a user can do from the page. */
export type LaunchAction = 'cancel' | 'login' | 'openUi' | 'resume' | 'cleanUp' | 'showLog';

/** From the extension to the page. */
export type LaunchLogMessage =
  | {
      readonly type: 'launch';
      readonly header: LaunchHeader;
      readonly events: readonly EngineEvent[];
      readonly end: LaunchEnd | null;
      /** Whether it is this window's: another one's can't be cancelled from here. */
      readonly isOurs: boolean;
    }
  | { readonly type: 'event'; readonly event: EngineEvent }
  | { readonly type: 'end'; readonly end: LaunchEnd }
  /** How the cluster is now; `gone` if there is none any more, `null` if that isn't known. */
  | { readonly type: 'cluster'; readonly state: ClusterState | 'gone' | null };

/** From the page to the extension. */
export type LaunchLogRequest =
  { readonly type: 'ready' } | { readonly type: 'do'; readonly action: LaunchAction };
