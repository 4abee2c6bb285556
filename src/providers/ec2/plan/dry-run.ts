import type { LaunchRequest } from '../../../engine/provider.ts';
import { toClusterError } from '../../../model/errors.ts';
import type { PlanProblem } from '../../../model/plan.ts';
import { awsCode, awsError } from '../api/aws-errors.ts';
import type { Ec2Calls } from '../api/calls.ts';
import type { Ec2Session } from '../api/session.ts';
import { tagKeys, writeTags } from '../api/tags.ts';
import { groupDescription } from '../inventory/membership.ts';
import { commonInput, kindInput, machineSpec } from '../launch/machine-spec.ts';
import { clusterGroupName } from './network.ts';
import { kindsToTry, sameKind } from './offers.ts';
import type { Ec2Plan } from './plan-launch.ts';

/**
 * Asks EC2 whether it would do what the plan says, without doing it: permissions, and whatever else it checks.
 *
 * EC2 answers `DryRunOperation` for yes (EC2 API Reference, "DryRun").
 */
export async function dryRun(
  { name, values }: LaunchRequest,
  planned: Ec2Plan,
  { aws, clock, signal }: Ec2Session,
): Promise<PlanProblem[]> {
  const tags = writeTags({ ...values.ec2Tags, [tagKeys.name]: name });
  const groups = planned.groups?.base?.GroupId;
  const [first] = planned.offers;
  const { master, workers } = first ?? kindsToTry(values)[0];
  const kinds = sameKind(master, workers) ? [master] : [master, workers];
  const ask = async <A extends keyof Ec2Calls>(
    action: A,
    input: Ec2Calls[A][0],
  ): Promise<PlanProblem[]> => {
    try {
      await aws.ec2Raw(action, { ...input, DryRun: true }, signal);
      return [];
    } catch (error) {
      if (signal.aborted) throw error;
      if (awsCode(error) === 'DryRunOperation') return [];
      const { code, message, remedies } = toClusterError(
        awsError(error, `ec2:${action}`, clock.now()),
      );
      return [{ severity: 'error', code, message, remedies, key: null }];
    }
  };
  const found = await Promise.all([
    ask('CreateSecurityGroup', {
      // A free name: the cluster's own may be there, left over.
      GroupName: `${clusterGroupName(name)}:plan`,
      Description: groupDescription('plan', ''),
      VpcId: planned.vpcId,
      TagSpecifications: [{ ResourceType: 'security-group', Tags: tags }],
    }),
    ...kinds.map((kind) =>
      ask('RunInstances', {
        ...commonInput(
          machineSpec(planned, values, {
            groups: groups === undefined ? [] : [groups],
            keyName: planned.loginKey?.keyName ?? undefined,
            tagsInMetadata: planned.byTags,
          }),
        ),
        ...kindInput(kind, values.ec2SpotPrice, values.ec2InstanceInitiatedShutdownBehavior),
        SubnetId: first?.place.subnetId,
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: [
          { ResourceType: 'instance', Tags: tags },
          { ResourceType: 'volume', Tags: tags },
        ],
      }),
    ),
  ]);
  return found
    .flat()
    .filter(
      (problem, index, all) =>
        all.findIndex(({ message }) => message === problem.message) === index,
    );
}
