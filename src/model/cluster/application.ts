/** An application that runs on a cluster now, as Spark's master says. */
export interface Application {
  readonly id: string;
  /** As its author called it. */
  readonly name: string;
  /** Cores that its executors have. */
  readonly cores: number;
  /** Who runs it, by the driver's word; empty if it doesn't say, absent in what earlier versions wrote. */
  readonly user?: string;
  /** Memory of each of its executors, in MiB. */
  readonly executorMemoryMiB?: number;
  /** ISO 8601 in UTC; `null` if it isn't known. */
  readonly startedAt?: string | null;
}
