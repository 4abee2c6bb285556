import { ClusterError } from './errors.ts';
import type { Remedy } from './remedy.ts';

/**
 * `running`: it has not ended yet · `succeeded`, `failed`: it ended by itself, with the exit code 0 or another · `canceled`: it was ended
 * on purpose · `lost`: it is gone without an exit code, as after a crash of its machine
 */
export type JobState = 'running' | 'succeeded' | 'failed' | 'canceled' | 'lost';

/** A job of a cluster, as its master knows it, whoever submitted it. */
export interface Job {
  /** Such as `job-20261130T121500Z-1f0c`. */
  readonly id: string;
  /** Its file and arguments, or as much as fits into a line. */
  readonly command: string;
  /** `user@machine` of the client that submitted it; `null` if it didn't say. */
  readonly submittedBy: string | null;
  /** ISO 8601 in UTC. */
  readonly startedAt: string | null;
  /** ISO 8601 in UTC; `null` while it runs, or if nobody knows. */
  readonly endedAt: string | null;
  readonly state: JobState;
  /** `null` while it runs, and where it has none. */
  readonly exitCode: number | null;
}

/** Where a Python job failed, in a file of this machine. */
export interface JobFailure {
  /** Path on this machine. */
  readonly file: string;
  /** Line in the file, from 1. */
  readonly line: number;
  /** What Python says of it, such as `ZeroDivisionError: division by zero`. */
  readonly error: string;
}

/** The error of a job that isn't known. */
export function jobNotFound(id: string, remedies: readonly Remedy[] = []): ClusterError {
  return new ClusterError('JOB_NOT_FOUND', `Job "${id}" was not found.`, { remedies });
}

/** Whether a text can be the id of a job. */
export function isJobId(text: string): boolean {
  return /^job-\d{8}T\d{6}Z-[0-9a-f]{4,16}$/.test(text);
}

/** How a job ended, by what is left of it. */
export function endedState(exitCode: number | null, isCanceled: boolean): JobState {
  if (exitCode === null) return isCanceled ? 'canceled' : 'lost';
  if (exitCode === 0) return 'succeeded';
  return isCanceled ? 'canceled' : 'failed';
}

/** A file that a job needs: on this machine, made for it, or somewhere that Spark fetches it from. */
export type JobFile =
  | {
      /** Absolute path on this machine. */
      readonly path: string;
      /** What it is called where the job runs; its own name if it isn't said. */
      readonly alias?: string | undefined;
    }
  | {
      /** Its own name. */
      readonly name: string;
      readonly bytes: Uint8Array;
    }
  | { readonly url: string };

/** What comes with a job, as `spark-submit` has it. */
export interface JobAttachments {
  readonly pyFiles: readonly JobFile[];
  readonly jars: readonly JobFile[];
  readonly files: readonly JobFile[];
  readonly archives: readonly JobFile[];
}

/** Where the driver of a job on YARN runs, as `spark-submit` has it. */
export type YarnDeployMode = 'client' | 'cluster';

/** What is to be run as a job. */
export interface JobRequest {
  /** What Spark runs. */
  readonly program: JobFile;
  /** Which program runs it: `python` for `.py`, `r` for `.R`. */
  readonly language: 'python' | 'java' | 'r';
  readonly args: readonly string[];
  /** Main class of a jar. */
  readonly className?: string;
  /** Runs it on YARN. */
  readonly yarn?: YarnDeployMode;
  /** Spark properties for this job, as its user wants them. */
  readonly conf: Readonly<Record<string, string>>;
  readonly attachments: JobAttachments;
  /** How the job is shown in lists. */
  readonly command: string;
  /** Who submits it, as `user@machine`. */
  readonly submittedBy: string;
}
