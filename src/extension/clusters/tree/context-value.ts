import type { Cluster, ClusterNode } from '../../../model/cluster/cluster.ts';
import type { Job } from '../../../model/job.ts';
import type { ListingProblem } from '../listing.ts';

/**
 * What menus know of an item: `cluster.<state>.<provider>`, with `.lasting` if it ends by itself one day, `node.<role>.<state>`, `ui`,
 * `problem.<what helps>`. Each of them stands in a menu of the manifest: a test compares.
 */
export type ContextValue =
  | `cluster.${Cluster['state']}.${Cluster['provider']}`
  | `cluster.${Cluster['state']}.ec2.lasting`
  | `node.${ClusterNode['role']}.${ClusterNode['state']}`
  | 'ui'
  | 'job.running'
  | 'job.ended'
  | 'problem.credentials'
  | 'problem.other';

/** See {@link ContextValue}. */
export function clusterContext({ state, provider, lifetime = null }: Cluster): ContextValue {
  if (lifetime !== null) return `cluster.${state}.ec2.lasting`;
  return `cluster.${state}.${provider}`;
}

/** See {@link ContextValue}. */
export function problemContext({ code }: Pick<ListingProblem, 'code'>): ContextValue {
  return code.startsWith('AWS_CREDENTIALS') ? 'problem.credentials' : 'problem.other';
}

/** See {@link ContextValue}. */
export function jobContext({ state }: Pick<Job, 'state'>): ContextValue {
  return state === 'running' ? 'job.running' : 'job.ended';
}

/** See {@link ContextValue}. */
export function nodeContext({ role, state }: ClusterNode): ContextValue {
  return `node.${role}.${state}`;
}
