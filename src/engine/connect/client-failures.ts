import type { Cluster } from '../../model/cluster/cluster.ts';
import type { EventPayloads } from '../../model/events.ts';
import { advice, callVerb, setOption } from '../../model/remedy.ts';
import { minorOf } from '../../python/interpreters.ts';

type Warning = EventPayloads['warning'];

/**
 * What the error of a Spark Connect client means, for those whose own text leaves people without a next step.
 *
 * @param text what the server said, or what the client printed
 * @returns `undefined` for all others: they speak for themselves
 */
export function explainFailure(text: string, cluster: Cluster): Warning | undefined {
  if (/PYTHON_VERSION_MISMATCH/.test(text))
    return {
      kind: 'PYTHON_MISMATCH',
      message: `Python functions can’t run: the client uses another Python version than "${cluster.name}".`,
      remedies: [callVerb('Create an environment that matches.', 'pythonEnv', cluster, {})],
    };
  const [, missing] = /No module named '(pandas|pyarrow)'/.exec(text) ?? [];
  if (missing !== undefined)
    return {
      kind: 'PYTHON_PACKAGE_MISSING',
      message: `A Python function requires ${missing}, which is not installed on the nodes of "${cluster.name}".`,
      remedies:
        cluster.provider === 'local'
          ? [
              callVerb('Create an environment that has it.', 'pythonEnv', cluster, {}),
              ...advice('Then stop and start the cluster, so that it uses the environment.'),
            ]
          : [
              ...advice(
                'Close the connection and connect again: it is then installed on nodes that lack it.',
              ),
              setOption('Or install it when a cluster is launched.', 'launch.python-packages'),
            ],
    };
  if (/INVALID_HANDLE\.SESSION_(?:CLOSED|CHANGED|NOT_FOUND)/.test(text))
    return {
      kind: 'CONNECT_SESSION_ENDED',
      message: `The Spark session no longer exists on "${cluster.name}".`,
      remedies: advice('Create a new Spark session, or restart the kernel.'),
    };
  return undefined;
}

/**
 * What to say of a client whose Python isn't the cluster's.
 *
 * @param client version of the client's Python
 * @param nodes version of the Python on the nodes, or `null` if nobody knows
 * @returns `undefined` if they match, as far as is known
 */
export function explainMismatch(
  client: string,
  nodes: string | null,
  cluster: Cluster,
): Warning | undefined {
  if (nodes === null || minorOf(client) === minorOf(nodes)) return undefined;
  return {
    kind: 'PYTHON_MISMATCH',
    message: `This machine’s Python is ${client}, but "${cluster.name}" uses Python ${nodes}. DataFrames and SQL work; Python functions (UDFs) need Python ${minorOf(nodes)}.`,
    remedies: [callVerb('Create an environment that matches.', 'pythonEnv', cluster, {})],
  };
}
