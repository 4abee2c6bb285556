import { setMaxListeners } from 'node:events';
import type { Surroundings } from '../../base/surroundings.ts';
import type { OptionValues, PartialValues } from '../../config/options/options.ts';
import { type ResolveRequest, type Settings } from '../../config/resolve.ts';
import { type ProviderKind } from '../../model/cluster/cluster.ts';
import { abortError, ClusterError, isClusterError, toClusterError } from '../../model/errors.ts';
import { type EngineEvent, type EventPayloads, nodePhases } from '../../model/events.ts';
import type { Host } from '../../model/host.ts';
import { setOption } from '../../model/remedy.ts';
import type { Provider, WorkContext } from '../provider.ts';

/** How a provider comes to the engine: made on first use, so that what isn't used costs nothing. */
export interface ProviderLoader {
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
  /**
   * Who listens and answers during this call.
   * @default the host of the engine
   */
  readonly host?: Host | undefined;
}

/** A provider by its kind. */
export async function loadProvider(engine: Engine, kind: ProviderKind): Promise<Provider> {
  const loader = engine.providers[kind];
  if (loader !== undefined) return loader.load();
  throw new ClusterError(
    'PROVIDER_UNAVAILABLE',
    'Clusters on EC2 are not available in this version.',
    {
      remedies: [setOption('Launch the cluster on this machine.', 'provider', 'local')],
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
export function asClusterError(
  error: unknown,
  signal: AbortSignal | undefined,
  doing: string,
): ClusterError {
  return signal?.aborted === true && !isClusterError(error)
    ? abortError(signal, doing)
    : toClusterError(error);
}
