import process from 'node:process';

// The SDK tells everybody on Node 20, on standard error, that it will want a newer one some day: no news for who runs a cluster.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

// The only names of the SDK's EC2 client that are used: a dynamic import of the package itself would keep all of it.
export {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSpotPriceHistoryCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  EC2Client,
  GetConsoleOutputCommand,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
export { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
export { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
export { fromNodeProviderChain } from '@aws-sdk/credential-providers';
