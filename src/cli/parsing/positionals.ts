import type { Positional } from '../command.ts';

/** The cluster that a command is about. */
export const clusterName: Positional = { name: 'NAME', help: 'Name of the cluster' };
