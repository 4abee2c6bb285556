import type { ApplicationHistory } from '../model/history/application.ts';
import type { ApplicationUse, ExplainFinding, Explanation } from '../model/history/explanation.ts';
import { findFailures, findLostExecutors } from './find-failures.ts';
import { findIdleCores, findIdleDriver, findWaiting } from './find-idle-time.ts';
import { findGarbageCollection, findSkew, findSpill, findTinyTasks } from './find-slow-stages.ts';

/** More findings than anybody follows. */
const maxFindings = 20;

/** What is known beside the log. */
export interface ExplainFacts {
  /** The time now, for an application that runs; absent for one that can’t. */
  readonly now?: number | undefined;
  /** What the whole cluster costs an hour, in US dollars; `null` if it isn’t known. */
  readonly pricePerHour: number | null;
  /** Whether it costs nothing. */
  readonly isFree: boolean;
}

/** Finds out, from its history alone, why an application took as long as it did, or failed. */
export function explainApplication(
  application: ApplicationHistory,
  facts: ExplainFacts,
): Explanation {
  const until = endOf(application, facts.now);
  const findings: ExplainFinding[] = [
    ...findFailures(application),
    ...findLostExecutors(application),
    ...findWaiting(application, until),
    ...findSkew(application, until),
    ...findSpill(application),
    ...findGarbageCollection(application),
    ...findIdleCores(application, until),
    ...findIdleDriver(application, until),
    ...findTinyTasks(application),
  ];
  return {
    application,
    use: useOf(application, until, facts),
    findings: findings.sort(byWeight).slice(0, maxFindings),
  };
}

function endOf({ endedAt, lastEventAt, startedAt }: ApplicationHistory, now = 0): number {
  return endedAt ?? Math.max(lastEventAt, startedAt, now);
}

function byWeight(a: ExplainFinding, b: ExplainFinding): number {
  return Number(b.severity === 'error') - Number(a.severity === 'error') || b.lostMs - a.lostMs;
}

function useOf(
  { startedAt, lastEventAt, endedAt, stages, executors }: ApplicationHistory,
  until: number,
  { pricePerHour, isFree }: ExplainFacts,
): ApplicationUse {
  const durationMs = startedAt === 0 ? 0 : Math.max(0, until - startedAt);
  // Those of an application that runs hold their cores still.
  const running = endedAt === null ? Math.max(0, until - lastEventAt) * executors.maxCores : 0;
  const coreMs = executors.coreMs + running;
  const busyMs = stages.reduce((sum, { durations, failedMs }) => sum + durations.sum + failedMs, 0);
  return {
    durationMs,
    coreHours: coreMs / 3_600_000,
    busyShare: coreMs === 0 ? null : Math.min(1, busyMs / coreMs),
    dollars: isFree || pricePerHour === null ? null : (pricePerHour * durationMs) / 3_600_000,
    isFree,
  };
}
