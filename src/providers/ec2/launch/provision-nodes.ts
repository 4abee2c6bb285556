import type { Instance } from '@aws-sdk/client-ec2';
import { kindText } from '../../../model/cluster/cluster-shape.ts';
import { ClusterError } from '../../../model/errors.ts';
import type { Ec2Session } from '../api/session.ts';
import { readTags, roleTags, tagKeys, writeTags } from '../api/tags.ts';
import type { OngoingLaunch } from '../inventory/ongoing-launch.ts';
import { type Offer, sameKind } from '../plan/offers.ts';
import type { Ec2Plan } from '../plan/plan-launch.ts';
import type { NodeTemplate } from './node-template.ts';
import { chunks, discardNew, requestSize, runInstances, tagNew } from './run-instances.ts';
import { firstWithCapacity, isShortage, Shortages } from './shortages.ts';

/** How many workers a launch is to make, and with how many it goes on. */
interface WorkerCounts {
  readonly workers: number;
  readonly least: number;
}

/**
 * Makes the nodes of a launch by the first offer that EC2 has room for: all in one request (of each hundred) where the nodes can be
 * told who they are afterwards, else the master first. What an offer made that then falls short is removed again, but for a master
 * that the next one can use.
 *
 * @throws ClusterError `AWS_CAPACITY_SHORT` if there is room for none; what the last one made is the sweep's to remove
 */
export async function provisionNodes(
  planned: Pick<Ec2Plan, 'offers' | 'joint'>,
  template: NodeTemplate,
  counts: WorkerCounts,
  launch: OngoingLaunch,
  session: Ec2Session,
): Promise<void> {
  await new Provisioning(planned.joint, template, counts, launch, session).byFirstOf(
    planned.offers,
  );
}

class Provisioning {
  /** The offer whose master is there. */
  #held: Offer | undefined;
  readonly #shortages = new Shortages();

  constructor(
    private readonly joint: boolean,
    private readonly template: NodeTemplate,
    private readonly counts: WorkerCounts,
    private readonly launch: OngoingLaunch,
    private readonly session: Ec2Session,
  ) {}

  async byFirstOf(offers: readonly Offer[]): Promise<void> {
    await firstWithCapacity(
      offers,
      (offer) =>
        `${kindText(offer.workers)} in ${offer.place.zone}${this.joint || this.#holdsMasterOf(offer) ? '' : ', with a new master'}`,
      (offer, begin) => this.#try(offer, begin),
      this.session,
    );
  }

  /** @returns `undefined` if it is known that EC2 doesn't give the nodes */
  async #try(offer: Offer, begin: () => void): Promise<true | undefined> {
    const { joint, counts, launch, session } = this;
    const { master: kind, workers, place } = offer;
    const fits = !joint && this.#holdsMasterOf(offer) ? launch.instances[0] : undefined;
    const wanted = fits === undefined ? [kind, workers] : [workers];
    if (wanted.some((one) => this.#shortages.ruleOut(one, place))) return undefined;
    begin();
    await this.#discardAllBut(fits);
    const firstSize = joint ? Math.min(counts.workers + 1, requestSize) : 1;
    const first =
      fits === undefined
        ? await this.#shortages.noting(this.#makeFirst(offer, firstSize), kind, place)
        : [fits];
    this.#held = offer;
    const [master] = first;
    const address = master?.PrivateIpAddress;
    if (master?.InstanceId === undefined || address === undefined)
      throw new ClusterError('AWS_REQUEST_FAILED', 'EC2 returned no IP address for the master.');
    this.#emitBooting(first.length, 0);
    if (joint) await this.#tellRoles(first);
    const made = first.length - 1;
    // With fewer than were asked for in the first request, EC2 has no more now.
    const rest = first.length < firstSize ? 0 : counts.workers - made;
    const more = this.#makeRest(rest, made, offer, address);
    const got = made + (await this.#shortages.noting(more, workers, place));
    if (got < counts.workers)
      session.emit('warning', {
        kind: 'AWS_CAPACITY_SHORT',
        message: `EC2 has capacity for ${got} of ${counts.workers} workers in ${place.zone}; the launch continues with these.`,
        remedies: [],
      });
    return true;
  }

  #holdsMasterOf({ master, place }: Offer): boolean {
    const held = this.#held;
    return held?.place.subnetId === place.subnetId && sameKind(held.master, master);
  }

  /** Asks for the master, and for all workers that fit into its request if they can be told apart afterwards. */
  #makeFirst(offer: Offer, most: number): Promise<Instance[]> {
    const { joint, counts } = this;
    return runInstances(
      this.template,
      {
        role: joint ? 'by-index' : 'master',
        masterAddress: null,
        offer,
        first: 0,
        least: joint ? Math.min(counts.least + 1, most) : 1,
        most,
      },
      this.launch,
      this.session,
    );
  }

  /** Asks for the workers that are not there yet, all requests at once. Gives how many were made. */
  async #makeRest(
    missing: number,
    made: number,
    offer: Offer,
    masterAddress: string,
  ): Promise<number> {
    const needed = Math.max(0, this.counts.least - made);
    // All of them have an end before anything is removed: what comes later would be left behind.
    const results = await Promise.allSettled(
      chunks(missing, requestSize).map(async ({ start, size }) => {
        const first = made + 1 + start;
        const least = Math.max(1, Math.min(size, needed - start));
        const { length } = await runInstances(
          this.template,
          { role: 'worker', masterAddress, offer, first, least, most: size },
          this.launch,
          this.session,
        );
        this.#emitBooting(length, first);
        return length;
      }),
    );
    const got = results.reduce((sum, one) => sum + (one.status === 'fulfilled' ? one.value : 0), 0);
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      if (!isShortage(result.reason) || got < needed || made + got === 0) throw result.reason;
    }
    return got;
  }

  /** Tells the nodes of a joint request who is the master, and where. */
  async #tellRoles(instances: readonly Instance[]): Promise<void> {
    const [master] = instances;
    if (master?.InstanceId === undefined) return;
    const { launch, session } = this;
    const own = {
      [tagKeys.role]: roleTags.master,
      Name: this.template.tags['Name'] ?? `${this.template.cluster}-${roleTags.master}`,
    };
    const tags = readTags(launch.instances[0]?.Tags);
    launch.instances[0] = { ...master, Tags: writeTags({ ...tags, ...own }) };
    await tagNew([master.InstanceId], own, session);
    await tagNew(
      instances.map(({ InstanceId = '' }) => InstanceId),
      { [tagKeys.master]: master.PrivateIpAddress ?? '' },
      session,
    );
  }

  /** Removes what an offer made that fell short. */
  async #discardAllBut(kept: Instance | undefined): Promise<void> {
    const { instances } = this.launch;
    const ids = instances
      .filter(({ InstanceId }) => InstanceId !== kept?.InstanceId)
      .flatMap(({ InstanceId }) => InstanceId ?? []);
    if (ids.length === 0) return;
    await discardNew(ids, this.session);
    instances.splice(0, Infinity, ...(kept === undefined ? [] : [kept]));
  }

  #emitBooting(count: number, first: number): void {
    for (let number = first; number < first + count; number += 1)
      this.session.emit('node.phase', {
        node: number === 0 ? 'master' : `worker-${number}`,
        phase: 'booting',
        detail: null,
      });
  }
}
