/** What a Spark application did, as its event log tells it; everything in it was written by the application. */
export interface ApplicationHistory {
  readonly id: string;
  readonly name: string;
  /** Id of the job that it ran in, `job-20261130T121500Z-1f0c`; `null` if it wasn’t submitted as one, or nobody knows. */
  readonly job: string | null;
  readonly user: string;
  readonly sparkVersion: string;
  /** In milliseconds since 1970; 0 if the log doesn't say. */
  readonly startedAt: number;
  /** `null` as long as it runs, and for ever if it was killed. */
  readonly endedAt: number | null;
  /** Time of the last thing that the log tells. */
  readonly lastEventAt: number;
  /** Whether it serves clients, as Spark Connect's server does: that it waits for them is nobody's loss. */
  readonly isServer: boolean;
  /** Whether it ran queries, which Spark SQL adapts; an application of RDDs alone runs none. */
  readonly hasQueries: boolean;
  /** The Spark properties that findings are about, as far as they were set. */
  readonly properties: Readonly<Record<string, string>>;
  readonly jobs: {
    readonly count: number;
    readonly failed: number;
    readonly running: number;
    /** When the last one was submitted; 0 if none was. */
    readonly lastSubmittedAt: number;
  };
  /** In the order in which they were submitted. */
  readonly stages: readonly StageHistory[];
  readonly executors: ExecutorsHistory;
  readonly cores: CoreTimeline;
  /** Failed tasks, those of the same cause together; the most frequent first. */
  readonly failures: readonly TaskFailures[];
  /** What could not be read, in events. */
  readonly skippedEvents: number;
  /** Whether the log is longer than what was read of it. */
  readonly isCut: boolean;
}

/** How many cores an application had, and how many of them were busy, in steps of equal length from its start. */
export interface CoreTimeline {
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  /** How long a step is, in milliseconds. */
  readonly stepMs: number;
  /** Cores that ran tasks, on average over each step. */
  readonly busy: readonly number[];
  /** Cores that the application held, on average over each step. */
  readonly held: readonly number[];
}

/** The executors of an application. */
export interface ExecutorsHistory {
  readonly count: number;
  /** Cores that it has at the end of the log. */
  readonly cores: number;
  /** The most cores that it had at a time. */
  readonly maxCores: number;
  /** Cores times milliseconds for which it held them. */
  readonly coreMs: number;
  /** When the first one came; `null` if none has. */
  readonly firstAt: number | null;
  /** Executors that were lost, and not given back. */
  readonly lost: readonly { readonly id: string; readonly reason: string }[];
}

/** One attempt of a stage. Times are in milliseconds, sizes in bytes. */
export interface StageHistory {
  readonly id: number;
  readonly attempt: number;
  /** Spark's: `collect at job.py:5`. */
  readonly name: string;
  /** How many tasks it has. */
  readonly tasks: number;
  readonly submittedAt: number;
  /** When its first task began; `null` if none has. */
  readonly firstTaskAt: number | null;
  /** `null` if it didn't end, or the log doesn't say. */
  readonly completedAt: number | null;
  /** Tasks that can run at a time: the cores that the application had. */
  readonly slots: number;
  /** Tasks that ended well, and how long they took. */
  readonly durations: Spread;
  /** Bytes that each of them read. */
  readonly inputs: Spread;
  readonly failedTasks: number;
  readonly failedMs: number;
  readonly gcMs: number;
  readonly memorySpilledBytes: number;
  readonly diskSpilledBytes: number;
  readonly inputBytes: number;
  readonly shuffleReadBytes: number;
  readonly shuffleWriteBytes: number;
}

/** How values are spread; those between the least and the most are exact to a few percent. */
export interface Spread {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  /** A quarter of the values is below it. */
  readonly lowerQuartile: number;
  readonly median: number;
  /** A quarter of the values is above it. */
  readonly upperQuartile: number;
  readonly max: number;
}

/** Tasks that failed for the same reason. */
export interface TaskFailures {
  readonly count: number;
  /** Whether a job failed because of it. */
  readonly isFatal: boolean;
  readonly stage: number;
  /** The error in one line: `ValueError: could not convert string to float: 'n/a'`. */
  readonly error: string;
  /** The first line of the user's own Python that it comes from; `null` if there is none. */
  readonly python: PythonLine | null;
}

/** A line of a Python file, as the node that ran it has it. */
export interface PythonLine {
  readonly file: string;
  readonly line: number;
  /** The function, or `<lambda>`. */
  readonly function: string;
  /** What stands there, if the log says so. */
  readonly code: string | null;
}
