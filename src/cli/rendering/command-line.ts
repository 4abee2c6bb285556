import { shellWord } from '../../base/shell-word.ts';
import type { OptionName } from '../../config/options/options.ts';
import type { ProviderKind } from '../../model/cluster/cluster.ts';
import type { ClusterRef } from '../../model/remedy.ts';

/** A flag that says which cluster is meant or how it is reached, as it was given. */
export interface ClusterFlag {
  readonly option: OptionName | 'config';
  /** The provider that it means something to; `null` for all. */
  readonly provider: ProviderKind | null;
  readonly spelling: string;
  /** `null` for a flag without a value. */
  readonly value: string | null;
}

/**
 * A call of this program about a cluster, to be pasted into a shell: it reaches the very cluster that the call which prints it reached.
 *
 * @param command the command's name: `run-command`
 * @param cluster `null` for all clusters
 * @param args what follows: words and flags, quoted where they need it
 * @param given the flags of the call that prints it
 */
export function commandLine(
  command: string,
  cluster: ClusterRef | null,
  args: readonly string[],
  given: readonly ClusterFlag[],
): string {
  const provider = cluster?.provider ?? given.find(({ option }) => option === 'provider')?.value;
  const flags = given
    // A flag of another provider would be refused, or look for the cluster there.
    .filter((flag) => flag.provider === null || flag.provider === (provider ?? flag.provider))
    .flatMap(({ spelling, value, option }) => {
      const text = (cluster && placeOf(cluster, option)) ?? value;
      return text === null ? [spelling] : [spelling, shellWord(text)];
    });
  // Before all else: what follows the command of `run-command` is the program's.
  const name = cluster === null ? [] : [shellWord(cluster.name)];
  return ['flintrock', command, ...name, ...flags, ...args].join(' ');
}

/** Where a cluster is known to be: what was given may be another place that was looked at. */
function placeOf(
  { provider, region, vpcId }: ClusterRef,
  option: ClusterFlag['option'],
): string | null | undefined {
  if (option === 'provider') return provider;
  if (option === 'ec2Region') return region;
  return option === 'ec2VpcId' ? vpcId : undefined;
}
