import type {
  BegunLaunch,
  LaunchRequest,
  PendingNodes,
  WorkContext,
} from '../../../engine/provider.ts';
import { PendingEc2Nodes } from '../access/pending-nodes.ts';
import type { ClusterReader } from '../inventory/cluster-reader.ts';
import { newLaunch, type OngoingLaunch } from '../inventory/ongoing-launch.ts';
import { sweepLaunch } from '../lifecycle/remove.ts';
import type { NodeOperations } from '../nodes/node-operations.ts';
import type { Ec2Plan } from '../plan/plan-launch.ts';
import { launchCluster } from './launch-cluster.ts';

/** A launch on EC2: it knows what it has made, and nobody else needs to. */
export class Ec2Launch implements BegunLaunch {
  readonly #launch: OngoingLaunch;

  constructor(
    private readonly request: LaunchRequest,
    private readonly planned: Ec2Plan,
    launchId: string,
    region: string,
    private readonly reader: ClusterReader,
    private readonly nodes: NodeOperations,
  ) {
    this.#launch = newLaunch(launchId, region);
  }

  async create(context: WorkContext): Promise<PendingNodes> {
    const launch = this.#launch;
    const { name } = this.request;
    const session = await this.reader.session(context, this.#launch.region);
    const makeBootstrap = await launchCluster(this.request, this.planned, launch, session);
    if (launch.groupId !== undefined)
      this.reader.noteGroup(launch.groupId, launch.launchId, launch.seal);
    return new PendingEc2Nodes(this.reader, this.nodes, { name, launch, makeBootstrap });
  }

  async sweep(context: WorkContext): Promise<readonly string[]> {
    const session = await this.reader.session(context, this.#launch.region);
    return sweepLaunch(this.request.name, this.#launch, session);
  }
}
