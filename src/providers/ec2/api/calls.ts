import type {
  AuthorizeSecurityGroupIngressCommandInput,
  CreateSecurityGroupCommandInput,
  CreateSecurityGroupCommandOutput,
  CreateTagsCommandInput,
  DescribeImagesCommandInput,
  DescribeImagesCommandOutput,
  DescribeInstanceAttributeCommandInput,
  DescribeInstanceAttributeCommandOutput,
  DescribeInstancesCommandInput,
  DescribeInstancesCommandOutput,
  DescribeInstanceTypeOfferingsCommandInput,
  DescribeInstanceTypeOfferingsCommandOutput,
  DescribeInstanceTypesCommandInput,
  DescribeInstanceTypesCommandOutput,
  DescribeKeyPairsCommandInput,
  DescribeKeyPairsCommandOutput,
  DescribeSecurityGroupsCommandInput,
  DescribeSecurityGroupsCommandOutput,
  DescribeSpotPriceHistoryCommandInput,
  DescribeSpotPriceHistoryCommandOutput,
  DescribeSubnetsCommandInput,
  DescribeSubnetsCommandOutput,
  DescribeVolumesCommandInput,
  DescribeVolumesCommandOutput,
  GetConsoleOutputCommandInput,
  GetConsoleOutputCommandOutput,
  RevokeSecurityGroupIngressCommandInput,
  RunInstancesCommandInput,
  RunInstancesCommandOutput,
} from '@aws-sdk/client-ec2';

/** Every call to EC2 that is made, with what goes in and comes out. By these names IAM allows them: `ec2:RunInstances`. */
export interface Ec2Calls {
  AuthorizeSecurityGroupIngress: [AuthorizeSecurityGroupIngressCommandInput, object];
  CreateSecurityGroup: [CreateSecurityGroupCommandInput, CreateSecurityGroupCommandOutput];
  CreateTags: [CreateTagsCommandInput, object];
  DeleteSecurityGroup: [{ readonly GroupId: string }, object];
  DescribeImages: [DescribeImagesCommandInput, DescribeImagesCommandOutput];
  DescribeInstanceAttribute: [
    DescribeInstanceAttributeCommandInput,
    DescribeInstanceAttributeCommandOutput,
  ];
  DescribeInstanceTypeOfferings: [
    DescribeInstanceTypeOfferingsCommandInput,
    DescribeInstanceTypeOfferingsCommandOutput,
  ];
  DescribeInstanceTypes: [DescribeInstanceTypesCommandInput, DescribeInstanceTypesCommandOutput];
  DescribeInstances: [DescribeInstancesCommandInput, DescribeInstancesCommandOutput];
  DescribeKeyPairs: [DescribeKeyPairsCommandInput, DescribeKeyPairsCommandOutput];
  DescribeSecurityGroups: [DescribeSecurityGroupsCommandInput, DescribeSecurityGroupsCommandOutput];
  DescribeSpotPriceHistory: [
    DescribeSpotPriceHistoryCommandInput,
    DescribeSpotPriceHistoryCommandOutput,
  ];
  DescribeVolumes: [DescribeVolumesCommandInput, DescribeVolumesCommandOutput];
  DescribeSubnets: [DescribeSubnetsCommandInput, DescribeSubnetsCommandOutput];
  GetConsoleOutput: [GetConsoleOutputCommandInput, GetConsoleOutputCommandOutput];
  RevokeSecurityGroupIngress: [RevokeSecurityGroupIngressCommandInput, object];
  RunInstances: [RunInstancesCommandInput, RunInstancesCommandOutput];
  StartInstances: [{ readonly InstanceIds: string[] }, object];
  StopInstances: [{ readonly InstanceIds: string[] }, object];
  TerminateInstances: [{ readonly InstanceIds: string[] }, object];
}
