import type { ApplicationHistory, StageHistory } from '../model/history/application.ts';
import type { FindingStage, SettingChange } from '../model/history/explanation.ts';

/** A setting to change, beside what the application has set. */
export function change(
  { properties }: ApplicationHistory,
  setting: string,
  value: string | null,
): SettingChange {
  return { setting, value, current: properties[setting] ?? null };
}

/** Twice the memory of an executor, as Spark’s property has it; `null` if nobody knows how much that is. */
export function doubledMemory({ properties }: ApplicationHistory): string | null {
  const [, number, unit = ''] =
    /^(\d{1,9})([kmgt]?)b?$/i.exec(properties['spark.executor.memory'] ?? '1g') ?? [];
  return number === undefined ? null : `${Number(number) * 2}${unit.toLowerCase()}`;
}

/** Whether Spark SQL adapts queries while they run, as it does by default. */
export function isAdaptive({ properties }: ApplicationHistory): boolean {
  return properties['spark.sql.adaptive.enabled'] !== 'false';
}

/** A stage as a finding names it. */
export function stageOf({ id, attempt, name }: StageHistory): FindingStage {
  return { id, attempt, name };
}

/** How long a stage ran, in milliseconds. */
export function wallMs(
  { submittedAt, firstTaskAt, completedAt }: StageHistory,
  until: number,
): number {
  return Math.max(0, (completedAt ?? until) - (firstTaskAt ?? submittedAt));
}

/** The property that says how many partitions a shuffle has. */
export function shufflePartitions({ hasQueries }: ApplicationHistory): string {
  return hasQueries ? 'spark.sql.shuffle.partitions' : 'spark.default.parallelism';
}
