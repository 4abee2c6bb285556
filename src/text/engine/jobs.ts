import type { Job, JobFailure, JobState } from '../../model/job.ts';
import { formatMeasuredDuration } from '../durations.ts';
import { english, type Translate } from '../translate.ts';

const states: Readonly<Record<JobState, string>> = {
  running: 'Running',
  succeeded: 'Succeeded',
  failed: 'Failed',
  canceled: 'Canceled',
  lost: 'Lost',
};

/** The state of a job: `Running`, `Failed`. JSON has the state's own value. */
function formatJobState(state: JobState, translate: Translate = english): string {
  return translate(states[state]);
}

/** The state of a job with its exit code, if that says more: `Failed (exit code 2)`. */
export function formatJobEnd(
  { state, exitCode }: Pick<Job, 'state' | 'exitCode'>,
  translate: Translate = english,
): string {
  const text = formatJobState(state, translate);
  return state === 'failed' && exitCode !== null
    ? translate('{0} (exit code {1})', text, exitCode)
    : text;
}

/** Where a job failed, as compilers say it: problem matchers read this line, so it is the same in all languages. */
export function formatJobFailure({ file, line, error }: JobFailure): string {
  return `${file}:${line}: error: ${error}`;
}

/**
 * How long a job has run, or ran: `12.5 s`; empty if nobody knows.
 *
 * @param now milliseconds since the epoch
 */
export function formatJobDuration(
  { startedAt, endedAt, state }: Pick<Job, 'startedAt' | 'endedAt' | 'state'>,
  now: number,
): string {
  if (startedAt === null || (endedAt === null && state !== 'running')) return '';
  const end = endedAt === null ? now : Date.parse(endedAt);
  return formatMeasuredDuration(Math.max(0, Math.round((end - Date.parse(startedAt)) / 1000)));
}
