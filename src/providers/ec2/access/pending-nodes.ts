import type { ClusterConnection, PendingNodes, WorkContext } from '../../../engine/provider.ts';
import type { Cluster } from '../../../model/cluster/cluster.ts';
import type { BootstrapFactory } from '../../../node/bootstrap/ssh-bootstrap.ts';
import type { ClusterReader } from '../inventory/cluster-reader.ts';
import type { OngoingLaunch } from '../inventory/ongoing-launch.ts';
import type { NodeOperations } from '../nodes/node-operations.ts';
import { Ec2Connection } from './ec2-connection.ts';

/** What is known of nodes that come up, beside what EC2 shows. */
interface PendingDetails {
  readonly name: string;
  /** The launch, if it is this process's own: EC2 may not show yet what it gave. */
  readonly launch?: OngoingLaunch | undefined;
  /** Ids of the nodes that are waited for: theirs are the reports to hear; absent for all. */
  readonly only?: ReadonlySet<string> | undefined;
  /** How they are set up over SSH; absent if they set themselves up. */
  readonly makeBootstrap?: BootstrapFactory | undefined;
}

/** Nodes on EC2 that come up. */
export class PendingEc2Nodes implements PendingNodes {
  constructor(
    private readonly reader: ClusterReader,
    private readonly nodes: NodeOperations,
    private readonly details: PendingDetails,
  ) {}

  find(context: WorkContext): Promise<Cluster | undefined> {
    const { name, launch } = this.details;
    return this.reader.find(name, context, launch);
  }

  async connect(cluster: Cluster, context: WorkContext): Promise<ClusterConnection> {
    const { launch, only, makeBootstrap } = this.details;
    const found = await this.reader.known(cluster, context, launch);
    // A machine that this very launch made and sets up has a host key that nobody could know before.
    const isNew = launch !== undefined && makeBootstrap !== undefined;
    return new Ec2Connection(cluster, {
      access: this.nodes.accessTo(found, context, isNew),
      context,
      isPatient: true,
      follow: true,
      only,
      makeBootstrap,
    });
  }
}
