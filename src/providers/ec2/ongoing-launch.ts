/** What is known of a launch that goes on: it is this process's own. */
export interface OngoingLaunch {
  readonly launchId: string;
  /** Ids of the instances that EC2 gave, the master's first. */
  readonly instanceIds: string[];
  /** Id of the cluster's own group, once it is made. */
  groupId: string | undefined;
  /** Whether a request for nodes was sent of which nobody knows what became. */
  uncertain: boolean;
  /** The script that makes a machine a node, where the image can't run user data; by role. */
  setUp: ((role: 'master' | 'worker', masterAddress: string) => string) | undefined;
}
