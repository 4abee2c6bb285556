// Prints how long the tree of 1,000 instances takes, in milliseconds: from EC2's answer to the rows, all of them expanded.
import { performance } from 'node:perf_hooks';
import { stdout } from 'node:process';
import type { Instance } from '@aws-sdk/client-ec2';
import type { ClustersModel } from '../../src/extension/clusters/clusters-model.ts';
import { ClustersTreeDataProvider } from '../../src/extension/clusters/tree/clusters-tree.ts';
import type { TreeItem } from '../../src/extension/clusters/tree/tree-item.ts';
import type { ViewOptions } from '../../src/extension/clusters/view-options.ts';
import type { Operations } from '../../src/extension/engine/operations.ts';
import { observeClusters } from '../../src/providers/ec2/inventory/observe.ts';

const [clusters, nodes] = [20, 50];

function instances(): Instance[] {
  return Array.from({ length: clusters * nodes }, (_, index) => {
    const cluster = Math.floor(index / nodes);
    const place = index % nodes;
    const name = `cluster-${cluster}`;
    const tags = {
      'flintrock-name': name,
      'flintrock-role': place === 0 ? 'master' : 'slave',
      'flintrock-launch': '20260504T095000Z-00000000',
      'flintrock-state': 'ready',
      'flintrock-first': '0',
      'flintrock-software': 'spark=4.1.4',
      team: `team-${cluster % 5}`,
    };
    return {
      InstanceId: `i-${String(index).padStart(17, '0')}`,
      VpcId: 'vpc-1',
      ClientToken: `${tags['flintrock-launch']}/0123456789abcdef`,
      SecurityGroups: [
        { GroupId: 'sg-base', GroupName: 'flintrock' },
        { GroupId: `sg-${cluster}`, GroupName: `flintrock-${name}` },
      ],
      AmiLaunchIndex: place,
      InstanceType: 'm7g.xlarge',
      PrivateIpAddress: `10.0.${Math.floor(index / 250)}.${index % 250}`,
      State: { Name: 'running' },
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    };
  });
}

async function measure(): Promise<void> {
  const idle = { onDidChange: () => ({ dispose: () => undefined }) };
  const answer = instances();
  const begin = performance.now();
  const found = observeClusters(answer, 'us-east-1', Date.now()).map(({ cluster }) => cluster);
  const listing = { clusters: found, problems: [] };
  const tree = new ClustersTreeDataProvider({
    model: { ...idle, known: () => Promise.resolve(listing) } as unknown as ClustersModel,
    jobs: { ...idle, list: () => Promise.resolve([]), problemOf: () => undefined } as never,
    view: { ...idle, groupBy: 'team', filter: undefined } as unknown as ViewOptions,
    operations: { ...idle, doing: () => undefined } as unknown as Operations,
  });
  let rows = 0;
  const show = async (item?: TreeItem): Promise<void> => {
    if (item !== undefined) {
      tree.getTreeItem(item);
      rows += 1;
    }
    for (const child of await tree.getChildren(item)) await show(child);
  };
  await show();
  const took = performance.now() - begin;
  if (rows < clusters * nodes) throw new Error(`only ${rows} rows`);
  stdout.write(`${took}\n`);
}

void measure();
