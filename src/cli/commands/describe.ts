import type { Cluster } from '../../model/cluster/cluster.ts';
import type { Command } from '../command.ts';
import { clusterName } from '../parsing/positionals.ts';
import { clusterLines } from '../rendering/cluster-block.ts';
import { clusterJson, type DescribeJson } from '../rendering/json.ts';
import type { Line } from '../rendering/palette.ts';
import {
  clusterListYaml,
  clusterYaml,
  masterHost,
  masterHostLines,
} from '../rendering/python-form.ts';
import { clustersTable } from '../rendering/tables/clusters-table.ts';

/** `flintrock describe` */
export const describeCommand: Command = {
  name: 'describe',
  description: [
    'Shows the nodes and services of a cluster and their health, or lists all clusters. With --output yaml, which is the default in a pipe, prints what EC2 knows, as the Python tool does.',
  ],
  positionals: [{ ...clusterName, required: false }],
  verb: 'describe',
  flags: [{ name: 'master-hostname-only', help: 'Print only the host name of the master' }],
  examples: [
    { command: 'flintrock describe', does: 'List all clusters' },
    { command: 'flintrock describe demo', does: 'Show the nodes, services and tags of a cluster' },
    {
      command: 'flintrock describe demo --master-hostname-only',
      does: 'Print the host name of the master, for scripts',
    },
  ],
  async run({ args: [name], flags, values, session }) {
    const { signal, io, width, form } = session;
    const engine = await session.engine();
    const hostOnly = flags.has('master-hostname-only');
    // Scripts that read it want to know what EC2 knows, and soon.
    const services = form !== 'yaml' && !(hostOnly && form === 'table');
    let found: readonly Line[] = [];
    const { clusters, regions } = await session
      .watch(name ?? '', 'describe', () =>
        engine.describe(name, {
          values,
          signal,
          services,
          // What EC2 knows is there soon; what only nodes know takes a connection.
          onFound: (cluster) => {
            if (hostOnly) return;
            found = clusterLines(cluster, io.clock.now(), width);
            session.preview(found);
          },
        }),
      )
      .catch((error: unknown) => {
        // It was on the screen already, and stays there.
        if (session.canPreview) session.result({}, () => found);
        throw error;
      });
    const json: DescribeJson = { clusters: clusters.map(clusterJson) };
    const [first] = clusters;
    const lines = (): readonly Line[] => {
      if (first === undefined) return [];
      return name === undefined
        ? clustersTable(clusters, io.clock.now(), width)
        : clusterLines(first, io.clock.now(), width);
    };
    if (hostOnly) session.result(json, () => hostLines(clusters, name));
    else
      session.result(json, lines, () =>
        name === undefined || first === undefined
          ? clusterListYaml(clusters, regions)
          : clusterYaml(first),
      );
    if (clusters.length === 0 && form === 'table' && !session.quiet)
      session.say([['No clusters found. To launch one: flintrock launch demo']]);
    return 0;
  },
};

function hostLines(clusters: readonly Cluster[], name: string | undefined): readonly Line[] {
  if (name === undefined) return masterHostLines(clusters);
  return clusters.map((cluster): Line => [[masterHost(cluster)]]);
}
