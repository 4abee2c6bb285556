import type { Cluster } from '../model/cluster.ts';
import { toClusterError, type ErrorCode } from '../model/errors.ts';
import type { Host } from '../model/host.ts';
import { placeValues } from './cluster-key.ts';
import type { EngineDoor } from './engine-door.ts';
import type { Settings } from './settings.ts';

/** A place that could not be asked. */
export interface ListingProblem {
  /** Such as `EC2 us-east-1`. */
  readonly where: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
}

/** What there is, and what could not be found out. */
export interface Listing {
  readonly clusters: readonly Cluster[];
  readonly problems: readonly ListingProblem[];
}

/**
 * Lists the clusters of this machine and of EC2: one paged call for each region that was selected. A place that can't be asked
 * hides no other's clusters.
 */
export async function listClusters(
  door: EngineDoor,
  settings: Settings,
  signal: AbortSignal,
): Promise<Listing> {
  const clusters: Cluster[] = [];
  const problems: ListingProblem[] = [];
  const look = async (
    where: string,
    work: (host: Host) => Promise<readonly Cluster[]>,
  ): Promise<void> => {
    const host: Host = {
      notify: (event) => {
        if (event.code === 'warning')
          problems.push({ where, code: event.kind, message: event.message, hint: event.hint });
      },
      ask: (question) => Promise.resolve(question.default),
    };
    try {
      clusters.push(...(await work(host)));
    } catch (error) {
      const { code, message, hint } = toClusterError(error);
      if (code.startsWith('AWS_CREDENTIALS')) door.forgetAccount();
      problems.push({ where, code, message, hint: hint ?? null });
    }
  };
  const { profile, regions } = settings;
  await Promise.all([
    look('this machine', async (host) => {
      const engine = await door.plain(host);
      return (await engine.describe(undefined, { values: { provider: 'local' }, signal })).clusters;
    }),
    // Without a region or a profile EC2 is only asked if there is a reason to: the engine knows.
    ...(regions.length > 0 ? regions : [undefined]).map((region) =>
      look(region === undefined ? 'EC2' : `EC2 ${region}`, async (host) => {
        const engine = await door.configured(host);
        const chosen = region !== undefined || profile !== undefined;
        const values = chosen ? placeValues({ name: '', provider: 'ec2', region }, profile) : {};
        const found = await engine.describe(undefined, { values, signal });
        return found.clusters.filter(({ provider }) => provider === 'ec2');
      }),
    ),
  ]);
  return { clusters: clusters.sort((a, b) => a.name.localeCompare(b.name)), problems };
}
