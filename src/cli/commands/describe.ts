import type { Cluster } from '../../model/cluster/cluster.ts';
import type { Command } from '../command.ts';
import { clusterName } from '../parsing/positionals.ts';
import { clusterLines } from '../rendering/cluster-block.ts';
import { clustersTable } from '../rendering/clusters-table.ts';
import { clusterJson, type DescribeJson } from '../rendering/json.ts';
import type { Line } from '../rendering/palette.ts';

/** `flintrock describe` */
export const describeCommand: Command = {
  name: 'describe',
  description: [
    'Shows the nodes and services of a cluster and their health, or lists all clusters.',
  ],
  positionals: [{ ...clusterName, required: false }],
  verb: 'describe',
  flags: [{ name: 'master-hostname-only', help: 'Print only the master’s address' }],
  examples: [
    { command: 'flintrock describe', does: 'List all clusters' },
    { command: 'flintrock describe demo', does: 'Show the nodes, services and tags of a cluster' },
    {
      command: 'flintrock describe demo --master-hostname-only',
      does: 'Print the master’s address, for scripts',
    },
  ],
  async run({ args: [name], flags, values, session }) {
    const { signal, io, width } = session;
    const engine = await session.engine();
    const { clusters } = await session.watch(name ?? '', 'describe', () =>
      engine.describe(name, { values, signal }),
    );
    const json: DescribeJson = { clusters: clusters.map(clusterJson) };
    session.result(json, () => {
      if (flags.has('master-hostname-only')) return clusters.flatMap(masterLine);
      const [first] = clusters;
      if (first === undefined) return [];
      return name === undefined
        ? clustersTable(clusters, io.clock.now(), width)
        : clusterLines(first, io.clock.now(), width);
    });
    if (clusters.length === 0 && !session.json && !session.quiet)
      session.say([['No clusters found. To launch one: flintrock launch demo']]);
    return 0;
  },
};

function masterLine({ master }: Cluster): Line[] {
  const address = master?.publicAddress ?? master?.address ?? null;
  return address === null ? [] : [[[address]]];
}
