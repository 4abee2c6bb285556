import { redact } from '../../base/redact.ts';
import { type ClusterNode, nodesOf } from '../../model/cluster/cluster.ts';
import { ClusterError, toClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import { type Engine, type VerbOptions } from '../support/context.ts';
import { type FoundCluster, requireCluster } from '../support/find-cluster.ts';
import { onEachNode } from '../support/on-nodes.ts';

/** The last lines of the logs of one node. */
export interface NodeLogs {
  readonly node: string;
  /** Texts by file name; `error.txt` says why there are none. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Reads the last lines of the logs of a cluster's nodes, as they are. A node that can't be asked says why.
 *
 * @param only whether a node is asked; all that aren't gone if it isn't said
 */
export async function readNodeLogs(
  { provider, cluster, context }: FoundCluster,
  only: (node: ClusterNode) => boolean = () => true,
): Promise<NodeLogs[]> {
  const { signal } = context;
  const nodes = nodesOf(cluster).filter((node) => node.state !== 'terminated' && only(node));
  return onEachNode(nodes, signal, async (node) => {
    try {
      return { node: node.name, files: await provider.logs(cluster, node, context) };
    } catch (error) {
      if (signal.aborted) throw error;
      return { node: node.name, files: { 'error.txt': toClusterError(error).message } };
    }
  });
}

/** A text that others are to read, without secrets of this machine or of its author. */
export function withoutSecrets(text: string, { surroundings: { env } }: Engine): string {
  const secrets = [env['AWS_SECRET_ACCESS_KEY'], env['AWS_SESSION_TOKEN']].filter(
    (secret) => secret !== undefined,
  );
  return redact(text, secrets);
}

/** What {@link readLogs} takes. */
export interface ReadLogsOptions extends VerbOptions {
  /**
   * Name of the only node whose logs are read.
   * @default all nodes
   */
  readonly node?: string | undefined;
}

/** What {@link readLogs} found. */
export interface ReadLogsResult {
  readonly nodes: readonly NodeLogs[];
}

/**
 * Reads the last lines of the logs of a cluster's nodes; secrets are taken out. A node that can't be asked has an `error.txt` instead.
 *
 * @throws ClusterError `CLUSTER_NOT_FOUND`, `ARGUMENT_INVALID` if the cluster has no such node
 */
export async function readLogs(
  engine: Engine,
  name: string,
  options: ReadLogsOptions,
): Promise<ReadLogsResult> {
  const found = await requireCluster(engine, name, options);
  const { node: wanted } = options;
  const names = nodesOf(found.cluster).map((one) => one.name);
  if (wanted !== undefined && !names.includes(wanted))
    throw new ClusterError('ARGUMENT_INVALID', `"${name}" has no node named "${wanted}".`, {
      remedies: advice(`Use one of: ${names.join(', ')}.`),
    });
  const nodes = await readNodeLogs(found, (one) => wanted === undefined || one.name === wanted);
  return {
    nodes: nodes.map(({ node, files }) => ({
      node,
      files: Object.fromEntries(
        Object.entries(files).map(([file, text]) => [file, withoutSecrets(text, engine)]),
      ),
    })),
  };
}
