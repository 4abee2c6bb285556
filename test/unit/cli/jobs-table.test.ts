import { describe, expect, it } from 'vitest';
import { jobsTable } from '../../../src/cli/rendering/tables/jobs-table.ts';
import type { ListedJob } from '../../../src/engine/verbs/jobs.ts';

const now = Date.parse('2026-11-30T12:30:00Z');
const job = (n: number, changes: Partial<ListedJob> = {}): ListedJob => ({
  id: `job-20261130T121500Z-000${n}`,
  command: 'nightly.py --month 2026-11 --region eu-central-1',
  submittedBy: 'ann@box',
  startedAt: '2026-11-30T12:15:00Z',
  endedAt: null,
  state: 'running',
  exitCode: null,
  cluster: { name: 'demo', provider: 'local' },
  ...changes,
});
const jobs = [
  job(1),
  job(2, {
    state: 'failed',
    exitCode: 2,
    endedAt: '2026-11-30T12:16:05Z',
    command: 'a\u001b[2J.sql',
  }),
  job(3, { state: 'lost', startedAt: null }),
];
const text = (width: number, withClusters = false): string =>
  `\n${jobsTable(jobs, withClusters, now, width)
    .map((line) => line.map(([part]) => part).join(''))
    .join('\n')}\n`;

describe('the table of jobs', () => {
  it('says what was run, however narrow the terminal is', () => {
    expect(text(120)).toMatchInlineSnapshot(`
      "
      JOB                        STATE                 COMMAND                                            DURATION  STARTED
      job-20261130T121500Z-0001  Running               nightly.py --month 2026-11 --region eu-central-1     15 min  15 min ago
      job-20261130T121500Z-0002  Failed (exit code 2)  a.sql                                             1 min 5 s  15 min ago
      job-20261130T121500Z-0003  Lost                  nightly.py --month 2026-11 --region eu-central-1           
      "
    `);
    expect(text(80)).toMatchInlineSnapshot(`
      "
      JOB                        STATE                 COMMAND                DURATION
      job-20261130T121500Z-0001  Running               nightly.py --month …     15 min
      job-20261130T121500Z-0002  Failed (exit code 2)  a.sql                 1 min 5 s
      job-20261130T121500Z-0003  Lost                  nightly.py --month …
      "
    `);
    expect(text(80, true)).toMatchInlineSnapshot(`
      "
      JOB                        STATE                 CLUSTER  COMMAND
      job-20261130T121500Z-0001  Running               demo     nightly.py --month 20…
      job-20261130T121500Z-0002  Failed (exit code 2)  demo     a.sql
      job-20261130T121500Z-0003  Lost                  demo     nightly.py --month 20…
      "
    `);
    for (const line of text(70).split('\n')) expect(line.length).toBeLessThanOrEqual(70);
  });
});
