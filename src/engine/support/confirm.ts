import { type Cluster } from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import type { Engine } from './context.ts';

/** The questions before a verb begins, with what is said if the answer is no. */
const declined = {
  'destroy.confirm': 'Nothing was destroyed.',
  'removeWorkers.confirm': 'No worker was removed.',
  'stop.confirm': 'Nothing was stopped.',
} as const;

/**
 * Asks the host whether a verb may begin. Where nobody can be asked, the call itself is the answer.
 *
 * @param message the question in words
 * @throws ClusterError `ABORTED` if the answer is no; `details.declined` is the question's code
 */
export async function confirm(
  engine: Engine,
  code: keyof typeof declined,
  { name }: Pick<Cluster, 'name'>,
  message: string,
): Promise<void> {
  const agreed = await engine.host.ask({ code, cluster: name, message, default: true });
  if (!agreed) throw new ClusterError('ABORTED', declined[code], { details: { declined: code } });
}
