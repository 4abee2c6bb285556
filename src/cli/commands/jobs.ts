import type { Command } from '../command.ts';
import { clusterName } from '../parsing/positionals.ts';
import type { JobsJson } from '../rendering/json.ts';
import { jobsTable } from '../rendering/tables/jobs-table.ts';

/** `flintrock jobs` */
export const jobsCommand: Command = {
  name: 'jobs',
  description: [
    'Lists the jobs of a cluster, or of all running clusters, from whichever machine they were submitted; the newest first.',
  ],
  positionals: [{ ...clusterName, required: false }],
  verb: 'submit',
  flags: [],
  examples: [
    { command: 'flintrock jobs', does: 'List the jobs of all running clusters' },
    { command: 'flintrock jobs demo', does: 'List the jobs of a cluster' },
  ],
  async run({ args: [cluster], values, session }) {
    const { signal, io, width, form, quiet } = session;
    const engine = await session.engine();
    const result: JobsJson = await session.watch(cluster ?? '', 'describe', () =>
      engine.jobs({ cluster, values, signal }),
    );
    const { jobs } = result;
    session.result(result, () =>
      jobs.length === 0 ? [] : jobsTable(jobs, cluster === undefined, io.clock.now(), width),
    );
    if (jobs.length === 0 && form === 'table' && !quiet)
      session.say([['No jobs found. To run one: flintrock submit NAME FILE']]);
    return 0;
  },
};
