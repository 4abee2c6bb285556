import type { Instance } from '@aws-sdk/client-ec2';
import type { LaunchRequest, WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { bootstrapScript } from '../../../node/bootstrap/bootstrap.ts';
import { recordUserData } from '../../../node/bootstrap/launch-record.ts';
import { buildUserData, ownScript } from '../../../node/bootstrap/user-data.ts';
import type { Aws } from '../api/aws.ts';
import { hostKeyAlias, keepClusterKey, keepHostKey } from '../api/local-state.ts';
import { roleTags, tagKeys } from '../api/tags.ts';
import { writeRecord } from '../inventory/launch-record.ts';
import { lifetimeTags } from '../inventory/lifetime.ts';
import type { OngoingLaunch } from '../inventory/ongoing-launch.ts';
import type { Ec2Plan } from '../plan/plan-launch.ts';
import { makeGroups } from '../security/security-groups.ts';
import { makeNodeSettings } from './node-settings.ts';
import { type NodeRequest, provisionNodes } from './provision-nodes.ts';
import { commonInput, machineSpec, runInstances } from './run-instances.ts';

/**
 * Launches a cluster: the group, which is the lock on the name; then all nodes in one request, and tags that tell each its role.
 *
 * @param launch filled in as things come into being, so that a sweep knows of all of them
 * @throws ClusterError `CLUSTER_EXISTS` if the name was taken meanwhile; nothing was made then
 */
export async function launchCluster(
  request: LaunchRequest,
  planned: Ec2Plan,
  launch: OngoingLaunch,
  aws: Aws,
  context: WorkContext,
): Promise<void> {
  const { name, values } = request;
  const { image, offers, groups, loginKey, software, vpcId } = planned;
  if (offers.length === 0 || !image || !groups || !loginKey || !software || vpcId === undefined)
    throw new ClusterError('INTERNAL', 'An incomplete plan can’t be launched.');
  const { launchId } = launch;
  const { settings, hostKey, ownKey } = makeNodeSettings(
    request,
    launchId,
    software,
    loginKey,
    context,
  );

  const groupIds = await makeGroups(
    {
      name,
      vpcId,
      groups,
      access: planned.access,
      launchId,
      seal: launch.seal,
      tags: values.ec2Tags,
    },
    launch,
    aws,
    context,
  );
  const kept = { name, launchId };
  if (ownKey !== undefined) await keepClusterKey(kept, ownKey.privateKey, context);
  if (values.ec2CloudInit)
    await keepHostKey(kept, hostKeyAlias(launchId), hostKey.publicKey, context);

  const versions = { spark: software.spark?.version, hdfs: software.hdfs?.version };
  // Those that workers which are added later have, too.
  const lastingTags = {
    ...values.ec2Tags,
    ...lifetimeTags(values),
    [tagKeys.software]: Object.entries(versions)
      .flatMap(([what, version]) => (version === undefined ? [] : `${what}=${version}`))
      .join(' '),
  };
  const commonTags = {
    ...lastingTags,
    [tagKeys.name]: name,
    [tagKeys.launch]: launchId,
    [tagKeys.state]: 'launching',
    ...(values.ec2CloudInit && { [tagKeys.hostKey]: hostKey.fingerprint }),
  };
  const byTags = planned.byTags || !values.ec2CloudInit;
  const spec = machineSpec(planned, values, {
    groups: groupIds,
    keyName: loginKey.keyName ?? undefined,
    tagsInMetadata: byTags,
  });
  const ask = (asked: NodeRequest): Promise<Instance[]> => {
    const { role, masterAddress, first, least, most, offer } = asked;
    const record = writeRecord({
      seal: launch.seal,
      size: values.numWorkers,
      kind: offer.workers,
      subnetId: offer.place.subnetId,
      zone: offer.place.zone,
      shutdown: values.ec2InstanceInitiatedShutdownBehavior,
      hostKey: values.ec2CloudInit ? hostKey.fingerprint : null,
      tags: lastingTags,
      spec,
    });
    const tags = {
      ...commonTags,
      [tagKeys.role]: role === 'master' ? roleTags.master : roleTags.worker,
      [tagKeys.first]: String(first),
      ...(masterAddress !== null && { [tagKeys.master]: masterAddress }),
      Name: `${name}-${role === 'master' ? roleTags.master : roleTags.worker}`,
    };
    return runInstances(
      {
        input: commonInput(spec),
        kind: role === 'worker' ? offer.workers : offer.master,
        spotPrice: values.ec2SpotPrice,
        shutdown: values.ec2InstanceInitiatedShutdownBehavior,
        place: offer.place,
        least,
        most,
        userData: values.ec2CloudInit
          ? buildUserData({ ...settings, record, role, masterAddress }, planned.userData)
          : recordUserData(record),
        tags,
        launchId,
        request: String(first),
      },
      launch,
      aws,
      context,
    );
  };
  const counts = { workers: values.numWorkers, least: values.minWorkers ?? values.numWorkers };
  await provisionNodes(planned, counts, ask, launch, aws, context);
  if (!values.ec2CloudInit) {
    const own = planned.userData === null ? null : ownScript(planned.userData);
    launch.makeBootstrap = (role, address) =>
      bootstrapScript({ ...settings, role, masterAddress: address }, { ownScript: own });
  }
}
