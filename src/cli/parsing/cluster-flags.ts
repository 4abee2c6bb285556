import { type OptionName, options } from '../../config/options/options.ts';
import type { ClusterFlag } from '../rendering/command-line.ts';
import type { GivenFlag } from './option-flags.ts';

/** The flags of a call that a command line about the same cluster must repeat. */
export function clusterFlagsOf(
  config: string | undefined,
  given: ReadonlyMap<OptionName, GivenFlag>,
): readonly ClusterFlag[] {
  return [
    ...(config === undefined
      ? []
      : [{ option: 'config', provider: null, spelling: '--config', value: config } as const]),
    ...[...given].flatMap(([option, { spelling, text }]) => {
      const { verbs, provider = null } = options[option];
      // What even a look at a cluster takes says where it is; `debug` is about the output.
      if (!verbs.includes('describe') || option === 'debug') return [];
      const values = typeof text === 'object' ? text : [typeof text === 'boolean' ? null : text];
      return values.map((value): ClusterFlag => ({ option, provider, spelling, value }));
    }),
  ];
}
