// bare-cluster.mjs WORKERS: the least that makes a cluster on EC2: a group, one request for all nodes with a script as user data, the
// master's address as a tag, and looking at the master's page until all workers are there. What `flintrock launch` is measured by.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DescribeInstancesCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';

const [workers = '1', image = '', spark = '', client = ''] = process.argv.slice(2);
const ec2 = new EC2Client({ endpoint: process.env['AWS_ENDPOINT_URL'] ?? '' });
const { GroupId = '' } = await ec2.send(
  new CreateSecurityGroupCommand({ GroupName: 'bare', Description: 'of a bare script' }),
);
await ec2.send(
  new AuthorizeSecurityGroupIngressCommand({
    GroupId,
    IpPermissions: [
      { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] },
      { IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, IpRanges: [{ CidrIp: `${client}/32` }] },
    ],
  }),
);
const script = readFileSync(new URL('bare-node.sh', import.meta.url), 'utf8');
const count = Number(workers) + 1;
const { Instances = [] } = await ec2.send(
  new RunInstancesCommand({
    ImageId: image,
    InstanceType: 'm5.large',
    MinCount: count,
    MaxCount: count,
    SecurityGroupIds: [GroupId],
    MetadataOptions: { HttpTokens: 'required', InstanceMetadataTags: 'enabled' },
    UserData: Buffer.from(script.replace('@SPARK@', spark)).toString('base64'),
  }),
);
const master = Instances.find(({ AmiLaunchIndex }) => AmiLaunchIndex === 0);
const ids = Instances.map(({ InstanceId = '' }) => InstanceId);
await ec2.send(
  new CreateTagsCommand({
    Resources: ids,
    Tags: [{ Key: 'bare-master', Value: master?.PrivateIpAddress ?? '' }],
  }),
);
let address;
while (address === undefined) {
  await sleep(1000);
  const { Reservations = [] } = await ec2.send(
    new DescribeInstancesCommand({ InstanceIds: [master?.InstanceId ?? ''] }),
  );
  address = Reservations[0]?.Instances?.[0]?.PublicIpAddress;
}
const limit = Date.now() + 300_000;
for (;;) {
  if (Date.now() > limit) throw new Error('The cluster did not come up within 5 minutes.');
  const page = await fetch(`http://${address}:8080/json/`, { signal: AbortSignal.timeout(1000) })
    .then((response) => /** @type {Promise<{ aliveworkers?: number }>} */ (response.json()))
    .catch(() => undefined);
  if (page?.aliveworkers === Number(workers)) break;
  await sleep(500);
}
