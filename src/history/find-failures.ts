import type { ApplicationHistory } from '../model/history/application.ts';
import type { ExplainFinding, FindingStage, SettingChange } from '../model/history/explanation.ts';
import { change, doubledMemory, stageOf } from './settings.ts';

// Exit codes of what was killed (128 + 9) and of a JVM without memory (`SparkExitCode.OOM`).
const memoryWords = /\b(137|143|OutOfMemory|OOM|memory|exit code 52)\b/i;

/** Tasks that failed, by cause; those that made a job fail are errors. */
export function findFailures(application: ApplicationHistory): ExplainFinding[] {
  return application.failures.map((failure) => {
    const stage = application.stages.find(({ id }) => id === failure.stage);
    const tasks = stage === undefined ? 0 : stage.failedMs / Math.max(1, stage.failedTasks);
    return {
      kind: 'failed-tasks',
      severity: failure.isFatal ? 'error' : 'warning',
      lostMs: (tasks * failure.count) / Math.max(1, stage?.slots ?? 1),
      stage: stage === undefined ? null : (stageOf(stage) satisfies FindingStage),
      settings: settingsFor(failure.error, application),
      tasks: failure.count,
      isFatal: failure.isFatal,
      error: failure.error,
      python: failure.python,
    };
  });
}

/** What can be set, where the error is one of a setting; the rest is in the code. */
function settingsFor(error: string, application: ApplicationHistory): SettingChange[] {
  if (/^(ModuleNotFoundError|ImportError)\b/.test(error))
    return [change(application, 'spark.submit.pyFiles', null)];
  if (/ClassNotFoundException|NoClassDefFoundError/.test(error))
    return [change(application, 'spark.jars.packages', null)];
  if (/OutOfMemoryError|ExecutorLostFailure|MemoryError/.test(error))
    return memorySettings(application);
  return [];
}

/** Executors that were lost while tasks ran on them. */
export function findLostExecutors(application: ApplicationHistory): ExplainFinding[] {
  const { lost } = application.executors;
  const [first] = lost;
  if (first === undefined) return [];
  const worst = lost.find(({ reason }) => memoryWords.test(reason)) ?? first;
  const isMemory = memoryWords.test(worst.reason);
  const failedMs = application.stages.reduce((sum, one) => sum + one.failedMs, 0);
  return [
    {
      kind: 'lost-executors',
      severity: 'warning',
      lostMs: failedMs / Math.max(1, application.executors.maxCores),
      stage: null,
      settings: isMemory ? memorySettings(application) : [],
      executors: lost.length,
      reason: worst.reason,
      isMemory,
    },
  ];
}

function memorySettings(application: ApplicationHistory): SettingChange[] {
  return [
    change(application, 'spark.executor.memory', doubledMemory(application)),
    change(application, 'spark.executor.memoryOverhead', null),
  ];
}
