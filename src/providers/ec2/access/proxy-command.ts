import type { ClusterNode } from '../../../model/cluster/cluster.ts';
import { ClusterError } from '../../../model/errors.ts';

/** What may stand in braces, each with the form that its values have: they end up in a command. */
const placeholders = {
  instance_id: /^i-[0-9a-f]+$/,
  region: /^[a-z0-9-]+$/,
  address: /^[0-9A-Fa-f.:]+$/,
  port: /^\d+$/,
} as const;

/** Port of SSH. */
const port = '22';

/**
 * The command whose input and output lead to a node's SSH, as the user's template has it: `{instance_id}`, `{region}`, `{address}` and
 * `{port}` stand for the node's.
 *
 * @throws ClusterError `SSH_UNREACHABLE` if something that EC2 tells of the node doesn't belong into a command
 */
export function proxyCommandFor(
  template: string,
  node: Pick<ClusterNode, 'id' | 'address'>,
  region: string,
): string {
  const values = { instance_id: node.id, region, address: node.address ?? '', port };
  return template.replace(/\{(instance_id|region|address|port)\}/g, (_, found: string) => {
    const name = found as keyof typeof placeholders;
    const value = values[name];
    if (placeholders[name].test(value)) return value;
    throw new ClusterError(
      'SSH_UNREACHABLE',
      `${JSON.stringify(value.slice(0, 100))} can’t be used as {${name}} in the SSH proxy command.`,
    );
  });
}
