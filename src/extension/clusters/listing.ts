import type { Cluster, ProviderKind } from '../../model/cluster/cluster.ts';
import { type ErrorCode, toClusterError } from '../../model/errors.ts';
import type { Host } from '../../model/host.ts';
import type { Remedy } from '../../model/remedy.ts';
import { formatPlace } from '../../text/places.ts';
import { english, type Translate } from '../../text/translate.ts';
import type { Settings } from '../configuration/settings.ts';
import type { EngineFactory } from '../engine/engine-factory.ts';
import { clusterKey, refToOptions } from './cluster-ref.ts';

/** A place that could not be asked. */
export interface ListingProblem {
  /** Such as `EC2 us-east-1 · profile analytics`. */
  readonly where: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedies: readonly Remedy[];
  /** Whose clusters can't be told: those of a provider and, if it is said, a region. */
  readonly scope: { readonly provider: ProviderKind; readonly region: string | undefined };
  /** AWS profile; `null` for the default credential chain, or where there is none. */
  readonly profile: string | null;
  /** The clusters that were seen there before; what became of them isn't known. */
  readonly known: readonly Cluster[];
}

/** What there is, and what could not be found out. */
export interface Listing {
  readonly clusters: readonly Cluster[];
  readonly problems: readonly ListingProblem[];
  /** AWS profile of the settings: another one's clusters are others. */
  readonly profile: string | undefined;
}

/** All clusters of a listing: those that were seen, and those that couldn't be looked at this time. */
export function allClusters({ clusters, problems }: Listing): readonly Cluster[] {
  return [...clusters, ...problems.flatMap(({ known }) => known)];
}

/**
 * A listing with what was known before of the places that could not be asked this time: a failure to look isn't a look at nothing.
 *
 * @param before what was known; `undefined` before the first listing
 */
export function keepKnown(before: Listing | undefined, now: Listing): Listing {
  if (before === undefined || now.problems.length === 0) return now;
  const taken = new Set(now.clusters.map(clusterKey));
  const old = allClusters(before).filter(
    ({ provider }) => provider === 'local' || before.profile === now.profile,
  );
  const problems = now.problems.map((problem) => {
    const { provider, region } = problem.scope;
    const known = old.filter((cluster) => {
      const key = clusterKey(cluster);
      const isOf =
        cluster.provider === provider && (region === undefined || cluster.region === region);
      if (!isOf || taken.has(key)) return false;
      // Of one that two problems are about, the first tells.
      taken.add(key);
      return true;
    });
    return { ...problem, known };
  });
  return { ...now, problems };
}

/** A location, with the profile that it was asked with. */
function whereText(
  provider: ProviderKind,
  region: unknown,
  profile: string | null,
  translate: Translate,
): string {
  const location = formatPlace(
    { provider, region: typeof region === 'string' ? region : undefined },
    translate,
  );
  return provider === 'local' || profile === null
    ? location
    : translate('{0} · profile {1}', location, profile);
}

/** How a listing speaks with the user. */
interface ListingOptions {
  readonly translate?: Translate;
  /** Puts questions to the user, such as for an MFA code; absent where nobody waits for the listing. */
  readonly ask?: Host['ask'] | undefined;
}

/**
 * Lists the clusters of this machine and of EC2: one paged call for each region that was selected. A place that can't be asked
 * hides no other's clusters.
 */
export async function listClusters(
  engines: EngineFactory,
  settings: Settings,
  signal: AbortSignal,
  { translate = english, ask }: ListingOptions = {},
): Promise<Listing> {
  const clusters: Cluster[] = [];
  const problems: ListingProblem[] = [];
  const { profile, regions } = settings;
  const look = async (
    scope: ListingProblem['scope'],
    work: (host: Host) => Promise<readonly Cluster[]>,
  ): Promise<void> => {
    const { provider } = scope;
    const host: Host = {
      notify: (event) => {
        if (event.code !== 'warning' || event.unasked === undefined || event.provider !== provider)
          return;
        const { kind: code, message, remedies, unasked } = event;
        const region = unasked.region ?? scope.region;
        problems.push({
          where: whereText(provider, region, unasked.profile, translate),
          ...{ code, message, remedies, profile: unasked.profile, known: [] },
          scope: { provider, region },
        });
      },
      ask: (question) => (ask === undefined ? Promise.resolve(question.default) : ask(question)),
    };
    try {
      clusters.push(...(await work(host)));
    } catch (error) {
      const { code, message, remedies, details } = toClusterError(error);
      if (code.startsWith('AWS_CREDENTIALS')) engines.forgetAccount();
      const asked = typeof details['profile'] === 'string' ? details['profile'] : (profile ?? null);
      problems.push({
        where: whereText(provider, scope.region ?? details['region'], asked, translate),
        ...{ code, message, remedies, scope, profile: asked, known: [] },
      });
    }
  };
  await Promise.all([
    look({ provider: 'local', region: undefined }, async (host) => {
      const engine = await engines.plain();
      return (await engine.describe(undefined, { values: { provider: 'local' }, signal, host }))
        .clusters;
    }),
    // Without a region or a profile EC2 is only asked if there is a reason to: the engine knows.
    ...(regions.length > 0 ? regions : [undefined]).map((region) =>
      look({ provider: 'ec2', region }, async (host) => {
        const engine = await engines.configured();
        const chosen = region !== undefined || profile !== undefined;
        const values = chosen ? refToOptions({ name: '', provider: 'ec2', region }, profile) : {};
        const found = await engine.describe(undefined, { values, signal, host });
        return found.clusters.filter(({ provider }) => provider === 'ec2');
      }),
    ),
  ]);
  return { clusters: clusters.sort((a, b) => a.name.localeCompare(b.name)), problems, profile };
}
