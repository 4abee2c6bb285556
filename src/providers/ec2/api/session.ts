import type { WorkContext } from '../../../engine/provider.ts';
import type { Aws } from './aws.ts';

/** What a verb works with on EC2: what every provider is given, and AWS in one region. */
export interface Ec2Session extends WorkContext {
  readonly aws: Aws;
}
