import { stampedId } from '../../../base/stamped-id.ts';
import { timeLimit } from '../../../base/time-limit.ts';
import { kindText } from '../../../model/cluster/cluster-shape.ts';
import { ClusterError } from '../../../model/errors.ts';
import type { Ec2Session } from '../api/session.ts';
import { readClusterTags, tagKeys } from '../api/tags.ts';
import { launchOfToken } from '../inventory/membership.ts';
import { type Ec2Cluster, numberOf } from '../inventory/observe.ts';
import { newLaunch } from '../inventory/ongoing-launch.ts';
import { chunks, requestSize } from '../launch/run-instances.ts';
import { firstWithCapacity, Shortages } from '../launch/shortages.ts';
import { sweepGrowth } from '../lifecycle/remove.ts';
import { requestWorkers, waitUntilVisible, type WorkerTemplate } from './worker-template.ts';

/** How long the removal of what a failed growth made may take, in milliseconds. */
const sweepLimitMs = 5 * 60_000;

/**
 * Makes more workers as the cluster's launch made its own, by one request (of each hundred). On failure it removes what it made.
 *
 * @returns the new instances' names by id
 */
export async function addWorkers(
  found: Ec2Cluster,
  count: number,
  template: WorkerTemplate,
  session: Ec2Session,
): Promise<ReadonlyMap<string, string>> {
  const { aws } = session;
  const { launchId, groupId } = found;
  const { signal, clock } = session;
  const [master] = found.instances;
  if (launchId === null || master?.PrivateIpAddress === undefined)
    throw new ClusterError('INTERNAL', 'Workers can’t be added to a cluster without a master.');
  const [all, [group]] = await Promise.all([
    aws.instances({ [`tag:${tagKeys.launch}`]: [launchId] }, signal),
    groupId === undefined ? [] : aws.groups({ 'group-id': [groupId] }, signal),
  ]);
  // Those that are gone count too: no name is ever given twice.
  const first = Math.max(
    readClusterTags(group?.Tags).next,
    ...all
      .filter((instance) => launchOfToken(instance) === launchId)
      .map((instance) => numberOf(instance) + 1)
      .filter(Number.isFinite),
  );
  const shortages = new Shortages();
  const growth = newLaunch(`growth-${stampedId(clock.now(), 4)}`, aws.region);
  try {
    if (group?.GroupId !== undefined)
      await aws.tag([group.GroupId], { [tagKeys.next]: String(first + count) }, signal);
    // All of them have an end before anything is removed: what comes later would be left behind.
    const asked = await Promise.allSettled(
      chunks(count, requestSize).map(async ({ start, size }) => {
        await firstWithCapacity(
          template.kinds,
          (kind) => `${kindText(kind)} in ${template.place.zone}`,
          async (kind, begin) => {
            if (shortages.ruleOut(kind, template.place)) return undefined;
            begin();
            const workers = requestWorkers(
              template,
              { growth: growth.launchId, state: 'ready' },
              { kind, first: first + start, least: size, most: size },
              growth,
              session,
            );
            return shortages.noting(workers, kind, template.place);
          },
          session,
        );
      }),
    );
    for (const one of asked) if (one.status === 'rejected') throw one.reason;
    const names = await waitUntilVisible(
      found,
      growth.instances.map(({ InstanceId = '' }) => InstanceId),
      session,
    );
    for (const node of names.values())
      session.emit('node.phase', { node, phase: 'booting', detail: null });
    return names;
  } catch (error) {
    const work = { ...session, signal: timeLimit(sweepLimitMs) };
    const left = await sweepGrowth(growth, launchId, work).catch((thrown: unknown) => [
      `resources created by ${growth.launchId}: ${(thrown as Error).message}`,
    ]);
    if (left.length > 0)
      session.emit('warning', {
        kind: 'CLEANUP_INCOMPLETE',
        message: `Not all new workers could be removed: ${left.join('; ')}`,
        remedies: [],
      });
    throw error;
  }
}
