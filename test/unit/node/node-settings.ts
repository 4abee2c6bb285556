import { makeClusterSecret, makeSshKey } from '../../../src/node/bootstrap/host-key.ts';
import type { NodeSettings } from '../../../src/node/settings.ts';

/** Settings of nodes as a launch has them, with `changes`. */
export function nodeSettings(changes: Partial<NodeSettings> = {}): NodeSettings {
  return {
    cluster: 'demo',
    launchId: '20260701T120000Z-0a1b2c3d',
    role: 'by-index',
    masterAddress: null,
    record: '{}',
    secret: makeClusterSecret(),
    hostKey: makeSshKey('flintrock-demo'),
    authorizedKey: makeSshKey('flintrock-demo').publicKey,
    loginUser: 'ec2-user',
    beaconPort: 7070,
    deadManSeconds: 900,
    lifetime: { idleSeconds: null, longestSeconds: null, cost: null },
    extraVolumes: 0,
    httpProxy: null,
    java: { min: 17, max: 21, asked: null },
    python: { min: '3.10', max: '3.14', asked: null, packages: [], packageIndex: null },
    spark: {
      version: '4.1.4',
      sources: [
        {
          url: 'https://dlcdn.apache.org/spark/spark-4.1.4/spark-4.1.4-bin-hadoop3.tgz',
          fetch: 'direct',
        },
        {
          url: 'https://archive.apache.org/dist/spark/spark-4.1.4/spark-4.1.4-bin-hadoop3.tgz',
          fetch: 'via-master',
        },
      ],
      sha512: null,
      executorsPerWorker: 1,
      mavenRepository: null,
    },
    configuration: {},
    hdfs: null,
    ...changes,
  };
}
