import { randomBytes } from 'node:crypto';
import type { Instance } from '@aws-sdk/client-ec2';
import type { BootstrapFactory } from '../../../node/bootstrap/ssh-bootstrap.ts';

/** What is known of a launch that goes on: it is this process's own. */
export interface OngoingLaunch {
  readonly launchId: string;
  readonly name: string;
  readonly region: string;
  /** The instances that EC2 gave, as it gave them, with their tags; the master first. */
  readonly instances: Instance[];
  /** The client tokens of the requests that were sent: what was made by them is this launch's. */
  readonly tokens: Set<string>;
  /** A secret that its record holds, whose hash is on its group: by it the record is known. */
  readonly seal: string;
  /** Whether it has ended, one way or the other: what happens to its nodes from now on is no concern of it. */
  isOver: boolean;
  /** Id of the cluster's own group, once it is made. */
  groupId: string | undefined;
  /** Whether a request for nodes was sent of which nobody knows what became. */
  uncertain: boolean;
  /** Makes the script that makes a machine a node, where the image can't run user data. */
  makeBootstrap: BootstrapFactory | undefined;
}

/** A launch, or a growth, that has made nothing yet. */
export function newLaunch(launchId: string, name: string, region: string): OngoingLaunch {
  return {
    launchId,
    name,
    region,
    instances: [],
    tokens: new Set(),
    seal: randomBytes(16).toString('hex'),
    isOver: false,
    groupId: undefined,
    uncertain: false,
    makeBootstrap: undefined,
  };
}
