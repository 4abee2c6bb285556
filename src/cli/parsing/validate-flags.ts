import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { flagOf, flagProblem } from '../../config/flags.ts';
import {
  type OptionName,
  optionNames,
  options,
  type PartialValues,
} from '../../config/options/options.ts';
import type { ConfigProblem } from '../../config/problem.ts';
import type { ProviderKind } from '../../model/cluster/cluster.ts';
import { clusterNameProblem } from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import type { CliIo } from '../io.ts';
import type { FlagValues } from './option-flags.ts';

/**
 * The values of a command's flags, if nothing is wrong with them.
 *
 * For a launch the engine looks at flags and file together; so that all mistakes are told at once, one in a flag's text makes this
 * look at the rest too.
 *
 * @throws ClusterError `CONFIG_INVALID` with all problems
 */
export async function validateFlags(
  command: Command,
  flags: FlagValues,
  name: string | undefined,
  configFile: string | undefined,
  io: CliIo,
): Promise<PartialValues> {
  const launches = command.verb === 'launch' || command.verb === 'plan';
  if (launches && flags.problems.length > 0)
    throw invalid([...flags.problems, ...(await otherProblems(flags, name, configFile, io))]);
  const contradictions = launches || command.verb === null ? [] : contradictoryFlags(flags.values);
  const problems = [...flags.problems, ...contradictions, ...missingKey(flags.values, io)];
  if (problems.length > 0) throw invalid(problems);
  const provider = launches ? undefined : impliedProvider(flags.values);
  return provider === undefined ? flags.values : { provider, ...flags.values };
}

async function otherProblems(
  { values, faulty }: FlagValues,
  name: string | undefined,
  configFile: string | undefined,
  { cwd, home }: CliIo,
): Promise<ConfigProblem[]> {
  const [{ loadConfig }, { resolveSettings }] = await Promise.all([
    import('../../config/load.ts'),
    import('../../config/resolve.ts'),
  ]);
  const config = configFile === undefined ? undefined : loadConfig(configFile);
  const settings = resolveSettings({ config, overrides: values, cwd, home, exists: existsSync });
  // That an option is missing, or doesn't fit others, is no news if its own flag is wrong.
  const told = new Set([...faulty].flatMap((one) => [options[one].key, options[one].flag]));
  const nameProblem = name === undefined ? undefined : clusterNameProblem(name);
  return [
    ...(nameProblem === undefined ? [] : [flagProblem('NAME', nameProblem, null)]),
    ...settings.problems.filter(({ key }) => key === null || !told.has(key)),
  ];
}

/** A flag that means something to one provider only says where to look for the cluster. */
function impliedProvider(values: PartialValues): ProviderKind | undefined {
  return Object.keys(values)
    .map((name) => options[name as OptionName].provider)
    .find((provider) => provider !== undefined);
}

/** A private key that isn't there: said before anything is looked up, or started. */
function missingKey({ ec2IdentityFile: file }: PartialValues, { cwd }: CliIo): ConfigProblem[] {
  if (file === undefined || existsSync(resolve(cwd, file))) return [];
  const { flag } = flagOf('ec2IdentityFile');
  return [flagProblem(flag, `${flag}: ${file} was not found.`, 'Check the path.')];
}

function contradictoryFlags(values: PartialValues): ConfigProblem[] {
  const wanted = values.provider ?? impliedProvider(values);
  return optionNames
    .filter((name) => values[name] !== undefined)
    .flatMap((name) => {
      const { flag, provider } = flagOf(name);
      if (provider === null || provider === wanted) return [];
      const message = `${flag} applies only to clusters on ${provider === 'ec2' ? 'EC2' : 'this machine'}, but this command uses ${wanted === 'ec2' ? 'EC2' : 'this machine'}.`;
      return [flagProblem(flag, message, `Omit it, or use --provider ${provider}.`)];
    });
}

function invalid(problems: readonly ConfigProblem[]): ClusterError {
  const errors = problems.filter(({ severity }) => severity === 'error');
  return new ClusterError('CONFIG_INVALID', errors.map(({ message }) => message).join('\n'), {
    details: { problems },
  });
}
