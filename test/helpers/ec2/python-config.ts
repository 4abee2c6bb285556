import type { Lab } from '../../lab/lab.ts';

/** Where and as whom the lab's instances are launched, as a configuration of the Python tool says it: more lines of it may follow. */
export function pythonEc2Config({ keyPair }: Pick<Lab, 'keyPair'>): string {
  return `provider: ec2
providers:
  ec2:
    key-name: ${keyPair.name}
    identity-file: ${keyPair.privateKeyFile}
    instance-type: m5.large
    region: us-east-1
    ami: ami-0deb1200000000002
    user: ec2-user
`;
}

/** The Spark that the lab serves, as such a configuration says it: more services may follow. */
export function pythonSparkConfig({
  downloads,
  sparkVersion,
}: Pick<Lab, 'downloads' | 'sparkVersion'>): string {
  return `services:
  spark:
    version: ${sparkVersion}
    download-source: ${downloads.full}/spark/spark-${sparkVersion}/
`;
}
