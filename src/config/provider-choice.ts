import type { ProviderKind } from '../model/cluster/cluster.ts';
import type { LoadedConfig } from './loaded-config.ts';
import { optionNames, options, type PartialValues } from './options/options.ts';

/** Which provider, and why. */
export interface ProviderChoice {
  readonly provider: ProviderKind;
  /** Why, in words. */
  readonly reason: string;
}

/**
 * Who provides the machines: who was asked for, else who the file names, else EC2 if the file has something to say about EC2,
 * else this machine. Credentials that happen to be around decide nothing: nobody is to pay by accident.
 */
export function chooseProvider(
  asked: ProviderKind | undefined,
  config: LoadedConfig | undefined,
): ProviderChoice {
  if (asked !== undefined) return { provider: asked, reason: 'as requested' };
  if (config?.values.provider !== undefined)
    return {
      provider: config.values.provider,
      reason: `provider: ${config.values.provider} in ${config.file}`,
    };
  if (config?.sections.ec2 !== undefined)
    return { provider: 'ec2', reason: `${config.file} has an EC2 section` };
  return { provider: 'local', reason: 'no EC2 section' };
}

/** The provider that given options are for, or `undefined` if they could be for any: "--ec2-region" says where to look. */
export function providerOfOptions(values: PartialValues): ProviderKind | undefined {
  for (const name of optionNames) {
    const { provider } = options[name];
    if (provider !== undefined && values[name] !== undefined) return provider;
  }
  return undefined;
}
