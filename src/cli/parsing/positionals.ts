import type { CommandFlag, Positional } from '../command.ts';

/** The cluster that a command is about. */
export const clusterName: Positional = { name: 'NAME', help: 'Name of the cluster' };

/** The job that a command is about. */
export const jobId: Positional = { name: 'JOB', help: 'ID of the job' };

/** Where that job is. */
export const clusterOfJob: CommandFlag = {
  name: 'cluster',
  metavar: 'NAME',
  help: 'Cluster of the job; by default all running clusters are asked',
};
