import { isoTime } from '../../base/clock.ts';
import type { Job, JobState } from '../../model/job.ts';
import { isJobId } from '../../model/job.ts';
import { list, object, quantity, text } from '../beacon/untrusted.ts';

const states: readonly JobState[] = ['running', 'succeeded', 'failed', 'canceled', 'lost'];

/**
 * Reads the list that `jobs.py` prints. What isn't a job is left out.
 *
 * @throws SyntaxError if it is no JSON
 */
export function parseJobList(json: string): Job[] {
  return list(JSON.parse(json)).flatMap((entry): Job[] => {
    const job = object(entry);
    const id = text(job['id']);
    const state = states.find((one) => one === job['state']);
    if (!isJobId(id) || state === undefined) return [];
    return [
      {
        id,
        command: text(job['command']),
        submittedBy: text(job['submittedBy']) || null,
        startedAt: time(job['started']),
        endedAt: time(job['ended']),
        state,
        exitCode: typeof job['exitCode'] === 'number' ? quantity(job['exitCode']) : null,
      },
    ];
  });
}

/** Seconds since 1970 as ISO 8601; `null` if it is none. */
function time(value: unknown): string | null {
  const seconds = quantity(value);
  return seconds === 0 ? null : isoTime(1000 * seconds);
}
