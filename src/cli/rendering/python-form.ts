import { type Cluster, type ClusterNode, nodesOf } from '../../model/cluster/cluster.ts';
import type { ClusterError } from '../../model/errors.ts';
import type { PlanProblem } from '../../model/plan.ts';
import { formatCount } from '../../text/counts.ts';
import type { Line } from './palette.ts';

// What the Python tool prints, to the letter: scripts read it. Its own words (`slaves`) are kept here and nowhere else.

/** All clusters, sorted by name, as its `describe` lists them. */
export function clusterListYaml(clusters: readonly Cluster[], regions: readonly string[]): Line[] {
  const places = [
    ...(regions.length === 0
      ? []
      : [`in ${regions.length === 1 ? 'region' : 'regions'} ${regions.join(', ')}`]),
    ...(regions.length > 0 && clusters.some(({ provider }) => provider === 'local')
      ? ['on this machine']
      : []),
  ];
  const where = places.length === 0 ? '' : ` ${places.join(' and ')}`;
  return [
    [[`Found ${formatCount(clusters.length, 'cluster')}${where}.`]],
    ...(clusters.length === 0 ? [] : [[['---']] satisfies Line]),
    ...byName(clusters).flatMap(clusterYaml),
  ];
}

/** One cluster, as its `describe NAME` prints it. */
export function clusterYaml(cluster: Cluster): Line[] {
  const { name, master } = cluster;
  const state = pythonState(cluster);
  const lines = [`${name}:`, `  state: ${state}`, `  node-count: ${instancesOf(cluster).length}`];
  if (state === 'running')
    lines.push(
      `  master: ${master === null ? '' : hostOf(master)}`,
      '  slaves:',
      ...instancesOf(cluster)
        .filter(({ role }) => role === 'worker')
        .map((worker) => `    - ${hostOf(worker)}`),
    );
  return lines.map((line): Line => [[line]]);
}

/** The master's host of each cluster, as its `describe --master-hostname-only` lists them. */
export function masterHostLines(clusters: readonly Cluster[]): Line[] {
  return byName(clusters).map((cluster): Line => [[`${cluster.name}: ${masterHost(cluster)}`]]);
}

/** Where a cluster's master is reached; empty if it can't be now. */
export function masterHost({ master }: Cluster): string {
  return master === null ? '' : hostOf(master);
}

/** What its `launch` prints at the end. */
export function launchedScriptLines(cluster: Cluster): Line[] {
  return [
    [[`Cluster master: ${masterHost(cluster)}`]],
    [[`Login with: flintrock login ${cluster.name}`]],
  ];
}

/** What is known of the command that failed. */
interface FailedCommand {
  /** Its name, such as `add-workers`. */
  readonly command: string;
  /** The cluster that it was about. */
  readonly cluster: string | undefined;
}

/** Commands that it refuses in the wrong state, by our name. */
const pythonCommands: Readonly<Partial<Record<string, string>>> = {
  start: 'start',
  stop: 'stop',
  'add-workers': 'add-slaves',
  'run-command': 'run-command',
  'copy-file': 'copy-file',
};

/** What it says on standard error. */
export interface PythonSentence {
  readonly text: string;
  /** Whether scripts compare all of standard error with it, so that nothing may follow. */
  readonly isAll: boolean;
}

/** The sentence that it begins with on standard error where a command fails like this; `undefined` if it has none. */
export function pythonSentence(
  error: ClusterError,
  failed: FailedCommand,
): PythonSentence | undefined {
  const text = sentenceOf(error, failed);
  if (text === undefined) return undefined;
  // Its own acceptance tests compare this one.
  const { state, reason } = error.details;
  const isAll = error.code === 'CLUSTER_STATE_UNFIT' && state === 'stopped' && reason === null;
  return { text, isAll };
}

function sentenceOf(
  error: ClusterError,
  { command, cluster = '' }: FailedCommand,
): string | undefined {
  const { code, message, details } = error;
  if (typeof details['declined'] === 'string') return 'Aborted!';
  if (code === 'CLUSTER_NOT_FOUND') {
    const regions = Array.isArray(details['regions']) ? (details['regions'] as string[]) : [];
    return `No cluster ${cluster}${regions.length === 0 ? '' : ` in region ${regions.join(', ')}`}.`;
  }
  if (code === 'CLUSTER_STATE_UNFIT') {
    const name = pythonCommands[command];
    const state = details['state'];
    if (name === undefined || typeof state !== 'string') return undefined;
    return `Cluster is in state '${stateWords[state] ?? 'inconsistent'}'. Cannot execute ${name}.`;
  }
  const problems = Array.isArray(details['problems'])
    ? (details['problems'] as Partial<PlanProblem>[])
    : [];
  const exists = [error, ...problems].find((problem) => problem.code === 'CLUSTER_EXISTS');
  if (exists !== undefined) return existsSentence(exists, cluster);
  if (!problems.some(({ key }) => key === 'providers.ec2.ami')) return undefined;
  // The plan has the id and the Region in words only.
  const [, ami, region] =
    problems
      .map((problem) => /^AMI (\S+) was not found in ([\w-]+)/.exec(problem.message ?? message))
      .find((match) => match !== null) ?? [];
  return ami === undefined ? undefined : `Error: Could not find ${ami} in region ${region ?? ''}.`;
}

function existsSentence({ remedies = [] }: Partial<PlanProblem>, cluster: string): string {
  const [place] = remedies.flatMap(({ action }) =>
    action !== undefined && 'verb' in action ? (action.cluster ?? []) : [],
  );
  const region = place?.region === undefined ? '' : ` in region ${place.region}`;
  const vpc = place?.vpcId == null ? '' : `, VPC ${place.vpcId}`;
  return `Cluster ${cluster} already exists${region}${vpc}.`;
}

/** States of clusters and nodes in EC2's words for instances. */
const stateWords: Readonly<Partial<Record<string, string>>> = {
  launching: 'pending',
  starting: 'pending',
  pending: 'pending',
  running: 'running',
  // It is an instance that runs.
  draining: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
};

/** The state that all nodes are in, or `inconsistent`. */
function pythonState(cluster: Cluster): string {
  const words = new Set(
    instancesOf(cluster).map(({ state }) => stateWords[state] ?? 'inconsistent'),
  );
  const [word = 'inconsistent'] = words;
  return words.size === 1 ? word : 'inconsistent';
}

/** The nodes that it counts: it doesn't see instances that have ended, whatever the reason. */
function instancesOf(cluster: Cluster): ClusterNode[] {
  return nodesOf(cluster).filter(
    ({ state }) => state !== 'terminated' && (state !== 'dead' || cluster.provider === 'local'),
  );
}

function hostOf({ state, hostName, publicAddress, address }: ClusterNode): string {
  if (state === 'stopped' || state === 'stopping' || state === 'terminated') return '';
  return hostName ?? publicAddress ?? address ?? '';
}

function byName(clusters: readonly Cluster[]): Cluster[] {
  return [...clusters].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
