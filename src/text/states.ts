import type { ClusterState, NodeState } from '../model/cluster/cluster.ts';
import type { NodePhase, NodeResources } from '../model/events.ts';
import { formatCapacity } from './sizes.ts';
import { english, type Translate } from './translate.ts';

const states: Readonly<Record<ClusterState | NodeState, string>> = {
  launching: 'Launching',
  'half-launched': 'Launch incomplete',
  starting: 'Starting',
  running: 'Running',
  degraded: 'Degraded',
  stopping: 'Stopping',
  stopped: 'Stopped',
  destroying: 'Destroying',
  mixed: 'Partially running',
  malformed: 'Invalid',
  pending: 'Pending',
  draining: 'Decommissioning',
  dead: 'Failed',
  terminated: 'Terminated',
};

const phases: Readonly<Record<NodePhase, string>> = {
  booting: 'Booting',
  downloading: 'Downloading',
  configuring: 'Configuring',
  starting: 'Starting',
  alive: 'Ready',
};

/** The state of a cluster or a node: `Running`, `Launch incomplete`, `Decommissioning`. JSON and tags have the state's own value. */
export function formatState(
  state: ClusterState | NodeState,
  translate: Translate = english,
): string {
  return translate(states[state]);
}

/** The stage of a node's way into its cluster: `Booting`, `Ready`. */
export function formatPhase(phase: NodePhase, translate: Translate = english): string {
  return translate(phases[phase]);
}

/** A stage with what is said of it: `Ready · 2 cores, 4 GiB`. */
export function formatPhaseWithDetail(
  phase: NodePhase,
  {
    detail,
    resources,
  }: { readonly detail: string | null; readonly resources?: NodeResources | null },
  translate: Translate = english,
): string {
  const text = formatPhase(phase, translate);
  const more = resources == null ? detail : formatCapacity(resources, translate);
  return more === null ? text : `${text} · ${more}`;
}
