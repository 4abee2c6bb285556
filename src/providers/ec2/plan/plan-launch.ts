import type { LaunchRequest } from '../../../engine/provider.ts';
import type { Plan, PlanPrice } from '../../../model/plan.ts';
import type { MasterFirstReason } from '../../../model/planned-change.ts';
import { advice, setOption } from '../../../model/remedy.ts';
import type { Report } from '../../../node/services/spark-release.ts';
import { formatPlannedChange } from '../../../text/engine/planned-changes.ts';
import { formatDollars, formatHourlyPrice } from '../../../text/money.ts';
import type { Ec2Session } from '../api/session.ts';
import { fitsMetadata } from '../api/tags.ts';
import { checkExecutors, checkName, checkUserData, planAccess } from './launch-checks.ts';
import { gatherFacts, type LaunchFacts } from './launch-facts.ts';
import { type LoginKey, type Passphrases } from './login-key.ts';
import { type NodeImage } from './machines.ts';
import { type FoundGroups } from './network.ts';
import { type ClusterKinds, type Offer, sameKind } from './offers.ts';
import { plannedChanges, plannedNodes, plannedSoftware } from './plan-text.ts';
import { type PricedKind, priceOf } from './prices.ts';
import { PlanProblems } from './problems.ts';
import { type NodeSoftware, planPython } from './software.ts';
import { type NodeVolumes, planVolumes } from './volumes.ts';

/** A cluster that ends sooner than this is a slip, in hours. */
const leastPaidHours = 1 / 60;

/** What a launch on EC2 needs to know, found out beforehand. Parts are missing only if the plan isn't ok. */
export interface Ec2Plan {
  readonly plan: Plan;
  readonly image: NodeImage | undefined;
  readonly vpcId: string | undefined;
  /** Ways to get the nodes, in the order in which they are tried. */
  readonly offers: readonly Offer[];
  readonly groups: FoundGroups | undefined;
  readonly loginKey: LoginKey | undefined;
  /** Networks and groups that may reach the cluster. */
  readonly access: readonly string[];
  readonly software: NodeSoftware | undefined;
  /** The most that the cluster costs an hour, by any of these ways, in US dollars; `null` if that isn't known, or doesn't matter. */
  readonly mostPerHour: number | null;
  /** The user's own user data, or `null`. */
  readonly userData: Uint8Array | null;
  /** Each node's volumes, the root volume first. */
  readonly volumes: NodeVolumes;
  /** Whether nodes find their role and their master by their tags. */
  readonly byTags: boolean;
  /** Whether one request makes master and workers. */
  readonly joint: boolean;
}

/**
 * Finds out what a launch on EC2 would do and everything that is wrong with it. Asks only.
 *
 * @throws ClusterError if AWS can't be asked at all
 */
export async function planEc2Launch(
  request: LaunchRequest,
  passphrases: Passphrases,
  session: Ec2Session,
): Promise<Ec2Plan> {
  const { name, values } = request;
  const problems = new PlanProblems(session.signal);
  const { report } = problems;
  const facts = await gatherFacts(request, passphrases, problems, session);
  const { image, network, offers, groups, loginKey } = facts;
  const python = planPython(request, facts.software, image, report);
  const software = { ...facts.software, python };
  checkName(name, facts, session, report);
  checkExecutors(request, facts, report);
  await checkUserData(request, facts, problems, session);
  const access =
    (await problems.attempt(() =>
      planAccess(facts.publicAccess, network?.places[0], session, report),
    )) ?? [];
  const volumes = planVolumes(values, image?.rootGiB ?? 0, report);
  const { masterFirst, ...ways } = waysOfTags(facts, values);
  const { mostPerHour, ...prices } = await pricesOf(offers, volumes, session);
  checkCostLimit(values, prices.price, mostPerHour, report);
  const { region } = session.aws;
  const changes =
    problems.none && image !== undefined
      ? plannedChanges({
          name,
          region,
          values,
          machines: facts.machines,
          image,
          offers,
          access,
          takesOver: groups?.cluster !== undefined,
          masterFirst: ways.joint ? null : masterFirst,
          volumes,
          makesKey: loginKey?.make === true,
          ...prices,
        })
      : [];
  const plan: Plan = {
    ok: problems.none,
    cluster: name,
    provider: 'ec2',
    region,
    // A subnet may be another account's, which shares it.
    accountId: groups?.accountId ?? network?.accountId ?? null,
    nodes: plannedNodes(values, facts.kinds[0], facts.machines, volumes),
    software: plannedSoftware(software, image, request.wheels),
    price: prices.price,
    changes: changes.map((change) => formatPlannedChange(change)),
    plannedChanges: changes,
    problems: problems.list,
    ...suggestions(request),
  };
  return {
    plan,
    image,
    vpcId: network?.vpcId,
    offers,
    mostPerHour,
    groups,
    loginKey,
    access,
    software,
    userData: facts.userData ?? null,
    volumes,
    ...ways,
  };
}

/** S3, where the nodes have a role that may be for it and nobody has said whether they need it. */
function suggestions({ values, given }: LaunchRequest): Pick<Plan, 'suggestions'> {
  if (!values.installSpark || values.ec2InstanceProfileName === undefined || given.has('s3'))
    return {};
  return {
    suggestions: [
      {
        message: 'The nodes have an instance profile, but no libraries for Amazon S3.',
        remedies: [setOption('To use s3a:// paths, enable S3.', 'launch.s3', true)],
        key: 'launch.s3',
      },
    ],
  };
}

/** What the ways to get the nodes cost. */
interface OfferPrices {
  /** The first offer. */
  readonly price: PlanPrice | null;
  /** The first one on demand, where that may be fallen back on. */
  readonly fallbackPrice: PlanPrice | null;
  /** The dearest of all, in US dollars an hour; only asked for where the cost has a limit. */
  readonly mostPerHour: number | null;
}

async function pricesOf(
  offers: readonly Offer[],
  volumes: NodeVolumes,
  session: Ec2Session,
): Promise<OfferPrices> {
  const { values } = session;
  const costOf = async (offer: Offer | undefined): Promise<PlanPrice | null> =>
    offer === undefined
      ? null
      : priceOf(
          {
            kinds: countedKinds(offer, values.numWorkers),
            zone: offer.place.zone,
            tenancy: values.ec2Tenancy,
            spotPrice: values.ec2SpotPrice,
            volumes,
            publicAddresses: offer.place.hasPublicAddresses,
          },
          session,
        );
  const fallback =
    offers[0]?.workers.market === 'spot'
      ? offers.find(({ workers }) => workers.market === 'on-demand')
      : undefined;
  const others = values.maxCost === undefined ? [] : otherKinds(offers);
  const [price, fallbackPrice, ...otherPrices] = await Promise.all([
    costOf(offers[0]),
    costOf(fallback),
    ...others.map(costOf),
  ]);
  // NaN if one isn't known.
  const most = Math.max(...[price, ...otherPrices].map((one) => one?.perHour ?? NaN));
  const mostPerHour = values.maxCost === undefined || Number.isNaN(most) ? null : most;
  return { price, fallbackPrice, mostPerHour };
}

/** The first offer of each kind but the first kind. */
function otherKinds(offers: readonly Offer[]): Offer[] {
  return offers.filter(
    (offer, index) =>
      offers.findIndex(
        ({ master, workers }) => sameKind(master, offer.master) && sameKind(workers, offer.workers),
      ) === index && index > 0,
  );
}

/** An end by cost needs a price, and some time. */
function checkCostLimit(
  { maxCost }: LaunchRequest['values'],
  price: PlanPrice | null,
  mostPerHour: number | null,
  report: Report,
): void {
  if (maxCost === undefined) return;
  const key = 'launch.max-cost';
  if (mostPerHour === null)
    report(
      'error',
      'PRICE_UNKNOWN',
      'A maximum cost requires the price of the cluster, which is not available.',
      [
        ...advice('Allow pricing:GetProducts and ec2:DescribeSpotPriceHistory for this user.'),
        ...advice('Or set a maximum lifetime instead.'),
      ],
      key,
    );
  else if (maxCost < mostPerHour * leastPaidHours)
    report(
      'error',
      'PLAN_REFUSED',
      `A maximum cost of ${formatDollars(maxCost)} is less than what one minute of this cluster costs at ${formatHourlyPrice(price?.perHour ?? null)}.`,
      advice('Increase the maximum cost.'),
      key,
    );
}

/** Whether tags can tell the nodes who they are, so that one request makes all of them, and if not, why not. */
function waysOfTags(
  { kinds, machines }: LaunchFacts,
  values: LaunchRequest['values'],
): Pick<Ec2Plan, 'byTags' | 'joint'> & { readonly masterFirst: MasterFirstReason | null } {
  if (!kinds.every(({ master, workers }) => sameKind(master, workers)))
    return { byTags: false, joint: false, masterFirst: { kind: 'differs' } };
  // Where the client sets the nodes up, it tells them.
  const byClient = !values.ec2CloudInit;
  const odd = Object.keys(values.ec2Tags).find((key) => !fitsMetadata(key));
  const late = [...machines.values()].find(({ hasLiveTags }) => !hasLiveTags);
  const masterFirst: MasterFirstReason | null = !values.ec2MetadataTags
    ? { kind: 'tags-disabled' }
    : odd !== undefined
      ? { kind: 'tag-key', key: odd }
      : late !== undefined
        ? { kind: 'tags-after-restart', type: late.instanceType }
        : null;
  const byTags = masterFirst === null;
  return { byTags, joint: byClient || byTags, masterFirst };
}

/** How many nodes of each kind a cluster has. */
function countedKinds({ master, workers }: ClusterKinds, count: number): PricedKind[] {
  return sameKind(master, workers)
    ? [{ ...workers, count: count + 1 }]
    : [
        { ...master, count: 1 },
        { ...workers, count },
      ];
}
