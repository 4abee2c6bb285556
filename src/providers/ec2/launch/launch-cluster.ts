import type { LaunchRequest } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { packageNames, packageSet } from '../../../model/software/packages/package-set.ts';
import { withRequirements } from '../../../model/software/packages/python-requirements.ts';
import { bootstrapScript } from '../../../node/bootstrap/bootstrap.ts';
import type { BootstrapFactory } from '../../../node/bootstrap/ssh-bootstrap.ts';
import { ownScript } from '../../../node/bootstrap/user-data.ts';
import { hostKeyAlias, keepClusterKey, keepHostKey } from '../api/local-state.ts';
import type { Ec2Session } from '../api/session.ts';
import { packagesTag, pythonPackagesTag, tagKeys } from '../api/tags.ts';
import type { RecordedPackages } from '../inventory/launch-record.ts';
import { lifetimeTags } from '../inventory/lifetime.ts';
import type { OngoingLaunch } from '../inventory/ongoing-launch.ts';
import type { Ec2Plan } from '../plan/plan-launch.ts';
import { makeGroups } from '../security/security-groups.ts';
import { machineSpec } from './machine-spec.ts';
import { makeNodeSettings } from './node-settings.ts';
import type { NodeTemplate } from './node-template.ts';
import { provisionNodes } from './provision-nodes.ts';

/**
 * Launches a cluster: the group, which is the lock on the name; then all nodes in one request, and tags that tell each its role.
 *
 * @param launch filled in as things come into being, so that a sweep knows of all of them
 * @returns how its machines are set up over SSH, where the image can't run user data
 * @throws ClusterError `CLUSTER_EXISTS` if the name was taken meanwhile; nothing was made then
 */
export async function launchCluster(
  request: LaunchRequest,
  planned: Ec2Plan,
  launch: OngoingLaunch,
  session: Ec2Session,
): Promise<BootstrapFactory | undefined> {
  const { name, values } = request;
  const { image, offers, groups, loginKey, software, vpcId } = planned;
  if (offers.length === 0 || !image || !groups || !loginKey || !software || vpcId === undefined)
    throw new ClusterError('INTERNAL', 'An incomplete plan can’t be launched.');
  const { launchId } = launch;
  // The most: the master is told what it really is when the launch is finished.
  const perHour = planned.mostPerHour ?? NaN;
  if (values.maxCost !== undefined && Number.isNaN(perHour))
    throw new ClusterError('INTERNAL', 'A cluster without a price can’t end by its cost.');
  const { settings, hostKey, ownKey } = makeNodeSettings(
    request,
    { launchId, software, loginKey, perHour },
    session,
  );

  const groupIds = await makeGroups(
    {
      name,
      vpcId,
      groups,
      access: planned.access,
      webUis: values.ec2WebUiAccess === 'client',
      launchId,
      seal: launch.seal,
      tags: values.ec2Tags,
    },
    launch,
    session,
  );
  const kept = { name, launchId };
  if (ownKey !== undefined) await keepClusterKey(kept, ownKey.privateKey, session);
  if (values.ec2CloudInit)
    await keepHostKey(kept, hostKeyAlias(launchId), hostKey.publicKey, session);

  const { spark, hdfs } = software;
  const versions = {
    spark: spark?.version,
    hdfs: hdfs?.version,
    yarn: hdfs?.yarn === true ? hdfs.version : undefined,
  };
  // Those that workers which are added later have, too.
  const lastingTags = {
    ...values.ec2Tags,
    ...lifetimeTags(values, perHour),
    [tagKeys.software]: Object.entries(versions)
      .flatMap(([what, version]) => (version === undefined ? [] : `${what}=${version}`))
      .join(' '),
    ...packagesTags(request),
  };
  const knownKey = values.ec2CloudInit ? hostKey.fingerprint : null;
  const shutdown = values.ec2InstanceInitiatedShutdownBehavior;
  const spec = machineSpec(planned, values, {
    groups: groupIds,
    keyName: loginKey.keyName ?? undefined,
    tagsInMetadata: planned.byTags || !values.ec2CloudInit,
  });
  const template: NodeTemplate = {
    cluster: name,
    launchId,
    growth: null,
    spec,
    spotPrice: values.ec2SpotPrice,
    shutdown,
    tags: {
      ...lastingTags,
      [tagKeys.state]: 'launching',
      ...(knownKey !== null && { [tagKeys.hostKey]: knownKey }),
    },
    userData: {
      from: 'launch',
      settings: values.ec2CloudInit ? settings : null,
      own: planned.userData,
      configuration: settings.configuration,
      record: {
        seal: launch.seal,
        size: values.numWorkers,
        shutdown,
        hostKey: knownKey,
        tags: lastingTags,
        spec,
        packages: recordedPackages(values),
        pythonPackageIndex: values.pythonPackageIndex,
      },
    },
  };
  const counts = { workers: values.numWorkers, least: values.minWorkers ?? values.numWorkers };
  await provisionNodes(planned, template, counts, launch, session);
  if (values.ec2CloudInit) return undefined;
  const own = planned.userData === null ? null : ownScript(planned.userData);
  return (role, address) =>
    bootstrapScript({ ...settings, role, masterAddress: address }, { ownScript: own });
}

function recordedPackages(values: LaunchRequest['values']): RecordedPackages | undefined {
  const set = values.installSpark ? packageSet(values) : undefined;
  const { sparkMavenRepository: repository, sparkWarehouse: warehouse, eventLogFolder } = values;
  return set && { ...set, repository, warehouse, eventLogFolder };
}

function packagesTags({ values, wheels }: LaunchRequest): Record<string, string> {
  const set = recordedPackages(values);
  const pythonPackages = withRequirements(
    values.pythonPackages,
    wheels.map(({ name }) => name),
  );
  return {
    ...(set !== undefined && {
      [tagKeys.packages]: packagesTag(packageNames(set, values.sparkVersion)),
      ...(set.eventLogFolder !== undefined && { [tagKeys.eventLogs]: set.eventLogFolder }),
    }),
    ...(pythonPackages.length > 0 && {
      [tagKeys.pythonPackages]: pythonPackagesTag(pythonPackages),
    }),
  };
}
