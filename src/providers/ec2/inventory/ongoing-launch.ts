import { randomBytes } from 'node:crypto';
import type { Instance } from '@aws-sdk/client-ec2';

/** What a launch, or a growth, of this process has made so far. */
export interface OngoingLaunch {
  readonly launchId: string;
  readonly region: string;
  /** The instances that EC2 gave, as it gave them, with their tags; the master first. */
  readonly instances: Instance[];
  /** The client tokens of the requests that were sent: what was made by them is this launch's. */
  readonly tokens: Set<string>;
  /** A secret that its record holds, whose hash is on its group: by it the record is known. */
  readonly seal: string;
  /** Id of the cluster's own group, once it is made. */
  groupId: string | undefined;
  /** The client tokens of requests of which nobody knows what became. */
  readonly uncertain: Set<string>;
}

/** A launch, or a growth, that has made nothing yet. */
export function newLaunch(launchId: string, region: string): OngoingLaunch {
  return {
    launchId,
    region,
    instances: [],
    tokens: new Set(),
    seal: randomBytes(16).toString('hex'),
    groupId: undefined,
    uncertain: new Set(),
  };
}
