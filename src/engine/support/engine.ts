import { advice, callVerb, setOption, type Remedy } from '../../model/remedy.ts';
import { setMaxListeners } from 'node:events';
import { assertValid, type ResolveRequest, type Settings } from '../../config/resolve.ts';
import { providerOfOptions } from '../../config/provider-choice.ts';
import type { OptionValues, PartialValues } from '../../config/options/options.ts';
import { isAcceptedName } from '../../model/cluster/cluster-name.ts';
import {
  clusterNameProblem,
  type Cluster,
  type ClusterState,
  type ProviderKind,
} from '../../model/cluster/cluster.ts';
import { abortError, ClusterError, isClusterError, toClusterError } from '../../model/errors.ts';
import {
  nodePhases,
  type EngineEvent,
  type EventPayloads,
  type UnaskedPlace,
  type Verb,
} from '../../model/events.ts';
import type { Host } from '../../model/host.ts';
import type { Surroundings } from '../../base/surroundings.ts';
import type { Provider, WorkContext } from '../provider.ts';

/** How a provider comes to the engine: made on first use, so that what isn't used costs nothing. */
interface ProviderLoader {
  load(): Promise<Provider>;
  /** Whether there is a reason to look for clusters there though nobody named it: an account that is set up, for example. */
  isSetUp(surroundings: Surroundings): Promise<boolean>;
}

/** A provider that this build doesn't have is missing. */
export type ProviderLoaders = Readonly<Partial<Record<ProviderKind, ProviderLoader>>>;

/** What verbs work with: who listens, where they run, what providers there are, what was configured. */
export interface Engine {
  readonly host: Host;
  readonly surroundings: Surroundings;
  readonly providers: ProviderLoaders;
  /** Settles what was asked for with the configuration file, if there is one. */
  resolve(request: Pick<ResolveRequest, 'overrides' | 'verb'>): Promise<Settings>;
}

/** What every verb takes. */
export interface VerbOptions {
  /** Stops the verb: it cleans up and rejects with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
  /** Options that differ from the configuration file and the defaults, by library name; for most verbs they say where to look. */
  readonly values?: PartialValues | undefined;
}

/** A provider by its kind. */
export async function loadProvider(engine: Engine, kind: ProviderKind): Promise<Provider> {
  const loader = engine.providers[kind];
  if (loader !== undefined) return loader.load();
  throw new ClusterError(
    'PROVIDER_UNAVAILABLE',
    'Clusters on EC2 are not available in this version.',
    {
      remedies: [setOption('Launch on this machine.', 'provider', 'local')],
    },
  );
}

/** What a provider needs for one verb on one cluster. */
export function workContext(
  engine: Engine,
  cluster: string,
  provider: ProviderKind,
  values: OptionValues,
  signal: AbortSignal,
): WorkContext {
  const { host, surroundings } = engine;
  /** How far each node has come, as an index of its phases. */
  const reached = new Map<string, number>();
  return {
    ...surroundings,
    signal,
    values,
    // TypeScript can't see that the question is whole again.
    ask: (question) => host.ask({ ...question, cluster } as never),
    emit: (code, payload) => {
      // Both the provider and the engine may see a node enter a phase: it is told once, and what comes late is no news.
      if (code === 'node.phase') {
        const { node, phase } = payload as EventPayloads['node.phase'];
        const index = nodePhases.indexOf(phase);
        if (index <= (reached.get(node) ?? -1)) return;
        reached.set(node, index);
      }
      const time = new Date(surroundings.clock.now()).toISOString();
      // TypeScript can't see that code and payload belong together once both are generic.
      host.notify({ code, time, cluster, provider, ...payload } as unknown as EngineEvent);
    },
  };
}

/** A signal that never aborts where the caller gave none. */
export function signalOf(options: VerbOptions): AbortSignal {
  const signal = options.signal ?? new AbortController().signal;
  // Many nodes are worked on at once, and each listens: that is no leak.
  setMaxListeners(0, signal);
  return signal;
}

/**
 * Any thrown value as an error of ours. Once the signal has aborted, what isn't one is the abort itself on its way up, in the
 * words of whatever was stopped by it.
 */
export function settleError(
  error: unknown,
  signal: AbortSignal | undefined,
  doing: string,
): ClusterError {
  return signal?.aborted === true && !isClusterError(error)
    ? abortError(signal, doing)
    : toClusterError(error);
}

/** @throws ClusterError `CLUSTER_NAME_INVALID` */
export function requireName(name: string): void {
  const problem = clusterNameProblem(name);
  if (problem !== undefined)
    throw new ClusterError('CLUSTER_NAME_INVALID', problem, {
      remedies: advice('A name such as my-cluster will do.'),
    });
}

/**
 * Clusters of other tools may have names that we don't give.
 *
 * @throws ClusterError `CLUSTER_NAME_INVALID` for what no cluster can be called, nor is shown as
 */
function requirePossibleName(name: string): void {
  if (!isAcceptedName(name) && !name.includes('\\u{')) requireName(name);
}

/** A cluster that was found, and how to work on it. */
export interface FoundCluster {
  readonly provider: Provider;
  readonly cluster: Cluster;
  readonly context: WorkContext;
}

/**
 * Finds a cluster by name among the providers that were asked for: the one that was named, else all there are.
 *
 * A provider that can't be asked (an account whose credentials are gone) hides no cluster of another one: it is an error only
 * if the cluster is found nowhere else.
 *
 * @throws ClusterError `CLUSTER_NOT_FOUND`, `CLUSTER_AMBIGUOUS`, `CLUSTER_NAME_INVALID`, `CONFIG_INVALID`
 */
export async function requireCluster(
  engine: Engine,
  name: string,
  options: VerbOptions,
): Promise<FoundCluster> {
  requirePossibleName(name);
  const signal = signalOf(options);
  const found: FoundCluster[] = [];
  const failures: { readonly error: ClusterError; readonly context: WorkContext }[] = [];
  for (const { provider, values } of await placesToLook(engine, options)) {
    const context = workContext(engine, name, provider.kind, values, signal);
    try {
      const cluster = await provider.find(name, context);
      if (cluster !== undefined)
        found.push({ provider, cluster, context: { ...context, values: at(cluster, values) } });
    } catch (error) {
      if (signal.aborted) throw error;
      failures.push({ error: toClusterError(error), context });
    }
  }
  const [first, second] = found;
  const [failure] = failures;
  if (first === undefined) {
    if (failure !== undefined) throw failure.error;
    throw new ClusterError('CLUSTER_NOT_FOUND', `There is no cluster "${name}".`, {
      remedies: [callVerb('List all clusters.', 'describe', null, {})],
    });
  }
  if (second !== undefined)
    throw new ClusterError(
      'CLUSTER_AMBIGUOUS',
      `There are several clusters "${name}": ${found.map(({ provider }) => provider.kind).join(', ')}.`,
      {
        remedies: found.map(({ provider }) =>
          setOption(
            provider.kind === 'local' ? 'Use the one on this machine.' : 'Use the one on EC2.',
            'provider',
            provider.kind,
          ),
        ),
      },
    );
  for (const { error, context } of failures) warnUnasked(error, context);
  return first;
}

/**
 * Options that find this very cluster again, whatever others of its name come into being meanwhile.
 *
 * @param place where it is
 */
export function at(
  { region, vpcId }: Pick<Cluster, 'region' | 'vpcId'>,
  values: OptionValues,
): OptionValues {
  return {
    ...values,
    ...(region !== undefined && { ec2Region: region, ec2Regions: [] }),
    ...(vpcId != null && { ec2VpcId: vpcId }),
  };
}

/** Tells the host that a provider could not be asked, where that stops nothing. */
export function warnUnasked(error: ClusterError, context: WorkContext): void {
  const { code: kind, message, remedies } = error;
  context.emit('warning', { kind, message, remedies, unasked: placeAsked(context) });
}

/** Where a look at clusters looks, as far as the options and the environment say. */
export function placeAsked({ values, env }: Pick<WorkContext, 'values' | 'env'>): UnaskedPlace {
  if (values.provider === 'local') return { region: null, profile: null };
  return {
    region: values.ec2Region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? null,
    profile: values.ec2Profile ?? env['AWS_PROFILE'] ?? null,
  };
}

/** A provider to look at, with the settled options that say where and as whom. */
export interface PlaceToLook {
  readonly provider: Provider;
  readonly values: OptionValues;
}

/**
 * The providers that a verb has to look at: the one that was asked for, or whose options were given, else all there is reason
 * to look at.
 *
 * @throws ClusterError `CONFIG_INVALID` if what was configured says where to look, and is wrong
 */
export async function placesToLook(engine: Engine, options: VerbOptions): Promise<PlaceToLook[]> {
  const asked = options.values?.provider ?? providerOfOptions(options.values ?? {});
  const settings = await engine.resolve({
    overrides: asked === undefined ? options.values : { ...options.values, provider: asked },
    verb: 'describe',
  });
  const kinds = asked === undefined ? await likelyProviders(engine, settings) : [asked];
  if (kinds.includes('ec2') || asked !== undefined) assertValid(settings);
  return Promise.all(
    kinds.map(async (kind) => ({
      provider: await loadProvider(engine, kind),
      values: settings.values,
    })),
  );
}

async function likelyProviders(engine: Engine, settings: Settings): Promise<ProviderKind[]> {
  const kinds: ProviderKind[] = [];
  for (const [kind, loader] of Object.entries(engine.providers) as [ProviderKind, ProviderLoader][])
    if (settings.provider === kind || (await loader.isSetUp(engine.surroundings))) kinds.push(kind);
  return kinds;
}

/** @throws ClusterError `CLUSTER_STATE_UNFIT` unless the cluster is in one of the states */
export function requireState(
  cluster: Cluster,
  states: readonly ClusterState[],
  doing: string,
): void {
  if (states.includes(cluster.state)) return;
  const { name, state, reason } = cluster;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `Cluster "${name}" is ${state}${reason === null ? '' : ` (${reason})`}: ${doing} is not possible now.`,
    { remedies: remediesFor(cluster), details: { state, reason } },
  );
}

/** Tells the host that a verb begins and ends, with the time it took. */
export async function timed<T>(
  verb: Verb,
  nodes: readonly string[],
  context: WorkContext,
  work: () => Promise<T>,
): Promise<T & { readonly seconds: number }> {
  const start = context.clock.now();
  context.emit('verb.started', { verb, nodes });
  const result = await work();
  const seconds = (context.clock.now() - start) / 1000;
  context.emit('verb.finished', { verb, seconds });
  return { ...result, seconds };
}

/** Runs `work` while no other client may work on the cluster. */
export async function locked<T>(
  {
    provider,
    cluster,
    context,
  }: Pick<FoundCluster, 'provider' | 'context'> & {
    readonly cluster: Pick<Cluster, 'name' | 'region' | 'vpcId'>;
  },
  verb: Verb,
  work: () => Promise<T>,
): Promise<T> {
  const release = await provider.lock(cluster, verb, context);
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Whether an error only says that somebody else works on the cluster. */
export function isBusy(error: unknown): boolean {
  return isClusterError(error, 'CLUSTER_BUSY');
}

/** What there is to do about a cluster in each of its states. */
export function remediesFor(cluster: Cluster): readonly Remedy[] {
  switch (cluster.state) {
    case 'half-launched':
      return [
        callVerb('Resume its launch.', 'resume', cluster, {}),
        callVerb('Or remove it.', 'destroy', cluster, {}),
      ];
    case 'destroying':
    case 'malformed':
      return [callVerb('Remove it.', 'destroy', cluster, {})];
    case 'degraded':
      return [callVerb('Repair it.', 'repair', cluster, {})];
    case 'stopped':
    case 'mixed':
      return [callVerb('Start it.', 'start', cluster, {})];
    case 'launching':
    case 'starting':
    case 'stopping':
      return [callVerb('Wait until that is done.', 'describe', cluster, {})];
    case 'running':
      return [callVerb('See what it is doing.', 'describe', cluster, {})];
  }
}
