import { ClusterError, toClusterError } from '../../model/errors.ts';
import { commandOutput } from '../program-output.ts';
import { type Engine, type VerbOptions } from '../support/context.ts';
import { requireCluster } from '../support/find-cluster.ts';
import { onEachNode, targetNodes } from '../support/on-nodes.ts';
import { timed } from '../support/timing.ts';

/** The code of a node on which a command could not be run, or that was lost meanwhile: as `ssh` has it. */
const unreachedCode = 255;

/** What {@link runCommand} takes. */
export interface RunCommandOptions extends VerbOptions {
  /**
   * Whether to run it on the master only.
   * @default false
   */
  readonly masterOnly?: boolean | undefined;
}

/** What a command did on each node. */
export interface RunCommandResult {
  /** Whether it ended with 0 everywhere. */
  readonly ok: boolean;
  /** The command's code on each node; 255 where it could not be run, or the node was lost meanwhile: a `node.trouble` says why. */
  readonly nodes: readonly { readonly node: string; readonly exitCode: number }[];
  readonly seconds: number;
}

/**
 * Runs a shell command on all nodes at once; its output comes as events, each node's exit code in the result.
 *
 * @param command as for `sh -c`
 */
export async function runCommand(
  engine: Engine,
  name: string,
  command: string,
  options: RunCommandOptions,
): Promise<RunCommandResult> {
  if (command.trim() === '')
    throw new ClusterError('ARGUMENT_INVALID', 'The command to run is missing.');
  const { provider, cluster, context } = await requireCluster(engine, name, options);
  const targets = targetNodes(cluster, options.masterOnly ?? false, 'running a command');
  return timed(
    'runCommand',
    targets.map((node) => node.name),
    context,
    async () => {
      const failures: ClusterError[] = [];
      const nodes = await onEachNode(targets, context.signal, async (node) => {
        const output = commandOutput(engine, node.name, context);
        const exitCode = await provider
          .runCommand(cluster, node, command, output.take, context)
          .catch((error: unknown) => {
            context.signal.throwIfAborted();
            const failure = toClusterError(error);
            failures.push(failure);
            const { message, remedies } = failure;
            context.emit('node.trouble', { node: node.name, message, remedies });
            return unreachedCode;
          });
        output.end();
        context.emit('command.exited', { node: node.name, exitCode });
        return { node: node.name, exitCode };
      });
      // One node that can't be reached keeps the command from no other one; if none can, that is the answer.
      if (failures.length === targets.length && failures[0] !== undefined) throw failures[0];
      return { ok: nodes.every(({ exitCode }) => exitCode === 0), nodes };
    },
  );
}
