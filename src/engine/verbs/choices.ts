import type { Choice, ChoosableOption } from '../../model/choice.ts';
import { ClusterError } from '../../model/errors.ts';
import { type Engine, signalOf, type VerbOptions, workContext } from '../support/context.ts';
import { searchTargets } from '../support/find-cluster.ts';

/** What an option's value can be, as found in the account: where and as whom is said by the other options. */
export async function choices(
  engine: Engine,
  option: ChoosableOption,
  options: VerbOptions,
): Promise<readonly Choice[]> {
  const values = { ...options.values, provider: 'ec2' as const };
  const [place] = await searchTargets(engine, { ...options, values });
  if (place?.provider.choices === undefined)
    throw new ClusterError('ARGUMENT_INVALID', `The values of ${option} can’t be listed.`);
  const context = workContext(engine, '', 'ec2', place.values, signalOf(options));
  return place.provider.choices(option, context);
}
