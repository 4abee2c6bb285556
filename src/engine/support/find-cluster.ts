import type { OptionValues } from '../../config/options/options.ts';
import { providerOfOptions } from '../../config/provider-choice.ts';
import { assertValid, type Settings } from '../../config/resolve.ts';
import { type Cluster, type ProviderKind } from '../../model/cluster/cluster.ts';
import { ClusterError, toClusterError } from '../../model/errors.ts';
import { type UnaskedPlace } from '../../model/events.ts';
import { advice, callVerb, setOption } from '../../model/remedy.ts';
import type { Provider, WorkContext } from '../provider.ts';
import {
  type Engine,
  loadProvider,
  type ProviderLoader,
  signalOf,
  type VerbOptions,
  workContext,
} from './context.ts';
import { requirePossibleName } from './guards.ts';

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
  const targets = await searchTargets(engine, options);
  for (const { provider, values } of targets) {
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
    const isAwsLeftOut =
      askedProvider(options) === undefined &&
      'ec2' in engine.providers &&
      targets.every(({ provider }) => provider.kind !== 'ec2');
    throw notFound(name, await searchedRegions(engine, targets, signal), isAwsLeftOut);
  }
  if (second !== undefined)
    throw new ClusterError(
      'CLUSTER_AMBIGUOUS',
      `There are several clusters named "${name}": ${found.map(({ provider }) => provider.kind).join(', ')}.`,
      {
        remedies: found.map(({ provider }) =>
          setOption(
            provider.kind === 'local'
              ? 'Use the cluster on this machine.'
              : 'Use the cluster on EC2.',
            'provider',
            provider.kind,
          ),
        ),
      },
    );
  for (const { error, context } of failures) warnUnasked(error, context);
  return first;
}

/** Says where nobody looked: a cluster that costs money isn't to be taken for gone. */
function notFound(name: string, regions: readonly string[], isAwsLeftOut: boolean): ClusterError {
  const where = isAwsLeftOut
    ? ' on this machine. EC2 was not searched: AWS is not configured.'
    : '.';
  return new ClusterError('CLUSTER_NOT_FOUND', `Cluster "${name}" was not found${where}`, {
    remedies: [
      callVerb('List all clusters.', 'describe', null, {}),
      ...(isAwsLeftOut ? advice('For clusters on EC2, configure AWS credentials.') : []),
    ],
    details: { name, regions },
  });
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
export interface SearchTarget {
  readonly provider: Provider;
  readonly values: OptionValues;
}

/**
 * The providers that a verb has to look at: the one that was asked for, or whose options were given, else all there is reason
 * to look at.
 *
 * @throws ClusterError `CONFIG_INVALID` if what was configured says where to look, and is wrong
 */
export async function searchTargets(engine: Engine, options: VerbOptions): Promise<SearchTarget[]> {
  const asked = askedProvider(options);
  const settings = await engine.resolve({
    overrides: asked === undefined ? options.values : { ...options.values, provider: asked },
    verb: 'describe',
  });
  const kinds = asked === undefined ? await candidateProviders(engine, settings) : [asked];
  if (kinds.includes('ec2') || asked !== undefined) assertValid(settings);
  return Promise.all(
    kinds.map(async (kind) => ({
      provider: await loadProvider(engine, kind),
      values: settings.values,
    })),
  );
}

/** The AWS Regions that were, or would be, looked in. */
export async function searchedRegions(
  engine: Engine,
  targets: readonly SearchTarget[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const regions = await Promise.all(
    targets.map(async ({ provider, values }) => {
      const context = workContext(engine, '', provider.kind, values, signal);
      // If the Region can’t be told, looking there fails too, and says why.
      return provider.regions?.(context).catch(() => []) ?? [];
    }),
  );
  return regions.flat();
}

/** The provider that the call names, or whose options it gives. */
function askedProvider({ values = {} }: VerbOptions): ProviderKind | undefined {
  return values.provider ?? providerOfOptions(values);
}

async function candidateProviders(engine: Engine, settings: Settings): Promise<ProviderKind[]> {
  const kinds: ProviderKind[] = [];
  for (const [kind, loader] of Object.entries(engine.providers) as [ProviderKind, ProviderLoader][])
    if (settings.provider === kind || (await loader.isSetUp(engine.surroundings))) kinds.push(kind);
  return kinds;
}
