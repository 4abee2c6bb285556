import type { LaunchRequest, WorkContext } from '../../../engine/provider.ts';
import { type ServiceProperties, serviceProperties } from '../../../model/software/properties.ts';
import {
  makeClusterSecret,
  makeSshKey,
  type SshKeyPair,
} from '../../../node/bootstrap/host-key.ts';
import { buildUserData } from '../../../node/bootstrap/user-data.ts';
import { nodePorts } from '../../../node/layout.ts';
import { withJobLimit } from '../../../node/services/executors.ts';
import type { NodeSettings } from '../../../node/settings.ts';
import { lifetimeSettings } from '../inventory/lifetime.ts';
import type { LoginKey } from '../plan/login-key.ts';
import { clusterGroupName } from '../plan/network.ts';
import type { NodeSoftware } from '../plan/software.ts';

/** A client that gives no sign of life for so long while its launch isn't finished is lost, in seconds. */
const deadManSeconds = 15 * 60;

/** What was found out for the nodes of a launch. */
interface NodeFacts {
  readonly launchId: string;
  readonly software: NodeSoftware;
  readonly loginKey: LoginKey;
  /** What the cluster costs an hour, in US dollars; only needed where there is a maximum cost. */
  readonly perHour: number;
}

/** What the nodes of a launch are made by, with keys of their own. */
export function makeNodeSettings(
  { name, values }: LaunchRequest,
  { launchId, software, loginKey, perHour }: NodeFacts,
  { env }: Pick<WorkContext, 'env'>,
): { settings: NodeSettings; hostKey: SshKeyPair; ownKey: SshKeyPair | undefined } {
  const hostKey = makeSshKey(clusterGroupName(name));
  const ownKey = loginKey.make ? makeSshKey(clusterGroupName(name)) : undefined;
  return {
    hostKey,
    ownKey,
    settings: {
      cluster: name,
      launchId,
      role: 'by-index',
      masterAddress: null,
      // Filled in for each request: where its nodes are and what they are shows only then.
      record: '',
      secret: makeClusterSecret(),
      hostKey,
      authorizedKey: ownKey?.publicKey ?? loginKey.authorizedKey,
      loginUser: values.ec2User,
      beaconPort: nodePorts.beacon,
      extraVolumes: values.ec2Volumes.length,
      httpProxy: values.ec2HttpProxy ?? null,
      deadManSeconds: Number(env['FLINTROCK_DEAD_MAN_SECONDS']) || deadManSeconds,
      lifetime: lifetimeSettings(values, perHour),
      java: software.java,
      python: software.python,
      spark: software.spark && {
        ...software.spark,
        executorsPerWorker: values.sparkExecutorInstances ?? null,
        mavenRepository: values.sparkMavenRepository ?? null,
        eventLogFolder: values.eventLogFolder,
      },
      configuration: configurationOf(values),
      hdfs: software.hdfs && {
        ...software.hdfs,
        // HDFS's own default, where there are as many workers.
        replication: Math.min(3, values.numWorkers),
        yarn: values.installYarn,
      },
    },
  };
}

/** What the user put into the files of the software that is installed. */
function configurationOf(values: LaunchRequest['values']): ServiceProperties {
  return serviceProperties({
    'spark-defaults': values.installSpark ? withJobLimit(values) : {},
    'spark-env': values.installSpark ? values.sparkEnv : {},
    'core-site': values.installHdfs ? values.coreSite : {},
    'hdfs-site': values.installHdfs ? values.hdfsSite : {},
  });
}

/**
 * Makes user data as large as any node's will be, and drops it.
 *
 * @throws ClusterError `USER_DATA_INVALID`, `USER_DATA_TOO_LARGE`
 */
export function tryUserData(
  request: LaunchRequest,
  software: NodeSoftware,
  own: Uint8Array | null,
  context: Pick<WorkContext, 'env'>,
): void {
  const longestKey: LoginKey = { keyName: null, authorizedKey: null, make: true };
  const facts = {
    launchId: '20000101T000000Z-00000000',
    software,
    loginKey: longestKey,
    // About as long a number as the real one.
    perHour: 1.234567,
  };
  const { settings } = makeNodeSettings(request, facts, context);
  // What the launch will record of itself isn't known yet; beside the tags it has about as much that doesn't compress.
  const record = JSON.stringify({
    seal: makeClusterSecret(),
    tags: request.values.ec2Tags,
    spec: makeClusterSecret(),
  });
  buildUserData({ ...settings, record, role: 'worker', masterAddress: '255.255.255.255' }, own);
}
