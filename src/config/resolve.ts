import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { ProviderKind } from '../model/cluster/cluster.ts';
import { ClusterError } from '../model/errors.ts';
import type { Verb } from '../model/events.ts';
import { firstYarnHadoopVersion } from '../model/software/hadoop-versions.ts';
import type { Properties } from '../model/software/properties.ts';
import { flagProblem } from './flags.ts';
import type { KeyPosition, LoadedConfig } from './loaded-config.ts';
import {
  type OptionName,
  optionNames,
  options,
  type OptionValue,
  type OptionValues,
  type PartialValues,
} from './options/options.ts';
import { withPaths } from './options/paths.ts';
import { type ConfigProblem, formatProblem } from './problem.ts';
import { chooseProvider } from './provider-choice.ts';
import { checkRules, type RuleContext } from './rules.ts';
import { checkValue } from './values/values.ts';

/** Where a value comes from; `flag` is whatever was asked for beside the file. */
type ValueOrigin = 'default' | 'file' | 'flag';

/** What to settle. */
export interface ResolveRequest {
  /** The file, if there is one. */
  readonly config?: LoadedConfig | undefined;
  /** What was asked for beside the file: by flags, or by a program. */
  readonly overrides?: PartialValues | undefined;
  /** The verb it is for: what a launch requires, `destroy` doesn't. Default: `launch`. */
  readonly verb?: Verb | undefined;
  /** Folder that relative paths of flags start from. */
  readonly cwd: string;
  /** What `~` stands for. */
  readonly home: string;
  /** Whether there is a file or folder: a relative path of the file is looked for beside the file, then in `cwd`. */
  readonly exists?: ((path: string) => boolean) | undefined;
}

/** The settled values of all options, with where each comes from and what is wrong. */
export interface Settings {
  readonly provider: ProviderKind;
  /** Why it is that provider, in words. */
  readonly providerReason: string;
  readonly values: OptionValues;
  readonly origin: Readonly<Record<OptionName, ValueOrigin>>;
  readonly problems: readonly ConfigProblem[];
  /** The file that was read, or `null`. */
  readonly file: string | null;
  /** Where the file's values stand. */
  readonly positions: Readonly<Partial<Record<OptionName, KeyPosition>>>;
}

/**
 * Settles every option: defaults, then the file, then what was asked for beside it.
 *
 * Paths come out absolute, `{v}` in download sources is replaced by the version. Never throws for what is wrong: it is in
 * {@link Settings.problems}; {@link assertValid} throws.
 *
 * @example
 * ```ts
 * const settings = resolveSettings({ overrides: { numWorkers: 3 }, cwd, home });
 * assertValid(settings);
 * ```
 */
export function resolveSettings(request: ResolveRequest): Settings {
  const { config, verb = 'launch' } = request;
  const problems: ConfigProblem[] = [];
  const asked = checkOverrides(request.overrides ?? {}, problems);
  const { provider, reason } = chooseProvider(asked.provider as ProviderKind | undefined, config);
  problems.unshift(...fileProblems(config, provider));
  const fromFile: PartialValues = config?.values ?? {};
  const values: Partial<Record<OptionName, OptionValue | undefined>> = {};
  const origin: Partial<Record<OptionName, ValueOrigin>> = {};
  for (const name of optionNames) {
    const flag = asked[name];
    const file = fromFile[name];
    origin[name] = flag !== undefined ? 'flag' : file !== undefined ? 'file' : 'default';
    values[name] =
      flag !== undefined
        ? absolute(name, withFile(name, flag, file), request)
        : file !== undefined
          ? absoluteInFile(name, file, request)
          : options[name].default;
  }
  values.provider = provider;
  // Each value is its default, or was coerced to its option's type; `undefined` only where there is no default.
  const settled = substituteVersions(withYarnsNeeds(values as OptionValues, origin));
  const context: RuleContext = {
    provider,
    reason,
    verb,
    values: settled,
    origin: origin as Settings['origin'],
    config,
  };
  problems.push(...checkRules(context));
  return {
    provider,
    providerReason: reason,
    values: settled,
    origin: context.origin,
    problems,
    file: config?.file ?? null,
    positions: config?.positions ?? {},
  };
}

/**
 * Throws if a problem is an error.
 *
 * @throws ClusterError `CONFIG_INVALID`, its message naming every error, `details.problems` holding all problems
 */
export function assertValid(settings: Pick<Settings, 'problems'>): void {
  const errors = settings.problems.filter((problem) => problem.severity === 'error');
  if (errors.length === 0) return;
  const head =
    errors.length === 1
      ? 'The configuration has a problem:'
      : `The configuration has ${errors.length} problems:`;
  throw new ClusterError('CONFIG_INVALID', [head, ...errors.map(formatProblem)].join('\n'), {
    details: { problems: settings.problems },
  });
}

/** The file's own problems: in a section that is ignored anyway, mistakes hold nobody up. */
function fileProblems(config: LoadedConfig | undefined, provider: ProviderKind): ConfigProblem[] {
  const ignored = provider === 'ec2' ? /^(?:providers\.)?local\./ : /^(?:providers\.)?ec2\./;
  return (config?.problems ?? []).map((problem) =>
    problem.key !== null && ignored.test(problem.key)
      ? { ...problem, severity: 'warning' }
      : problem,
  );
}

function checkOverrides(
  overrides: PartialValues,
  problems: ConfigProblem[],
): Partial<Record<OptionName, OptionValue>> {
  const checked: Partial<Record<OptionName, OptionValue>> = {};
  for (const [name, given] of Object.entries(overrides)) {
    if (!isOptionName(name)) {
      problems.push(flagProblem(name, `Unknown option "${name}".`, null));
      continue;
    }
    const { flag } = options[name];
    const { value, faults } = checkValue(name, given);
    for (const { message, hint } of faults)
      problems.push(flagProblem(flag, `${flag}: ${message}`, hint));
    if (value !== undefined) checked[name] = value;
  }
  return checked;
}

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(options, name);
}

function absolute(name: OptionName, value: OptionValue, request: ResolveRequest): OptionValue {
  return withPaths(options[name], value, (path) =>
    resolve(request.cwd, expandHome(path, request.home)),
  );
}

/**
 * A path of the file: from the file's own folder, so that the file means the same wherever it is used; but what is only in the
 * current folder, where the Python tool looks, is found there.
 */
function absoluteInFile(
  name: OptionName,
  value: OptionValue,
  request: ResolveRequest,
): OptionValue {
  const { config, cwd, home, exists } = request;
  return withPaths(options[name], value, (written) => {
    const path = expandHome(written, home);
    if (isAbsolute(path)) return path;
    const beside = resolve(cwd, dirname(config?.file ?? ''), path);
    const here = resolve(cwd, path);
    return exists !== undefined && !exists(beside) && exists(here) ? here : beside;
  });
}

/** What was asked for beside the file: of properties those that it names, and the others of the file. */
function withFile(
  name: OptionName,
  asked: OptionValue,
  file: OptionValue | undefined,
): OptionValue {
  if (options[name].type !== 'properties') return asked;
  return { ...(file as Properties | undefined), ...(asked as Properties) };
}

function expandHome(path: string, home: string): string {
  if (path === '~') return home;
  return /^~[/\\]/.test(path) ? join(home, path.slice(2)) : path;
}

/** YARN has its staging files and logs in HDFS, and isn't for the Hadoop that HDFS alone is of. */
function withYarnsNeeds(
  values: OptionValues,
  origin: Partial<Record<OptionName, ValueOrigin>>,
): OptionValues {
  if (!values.installYarn || values.provider !== 'ec2') return values;
  return {
    ...values,
    ...(origin.installHdfs === 'default' && { installHdfs: true }),
    ...(origin.hdfsVersion === 'default' && { hdfsVersion: firstYarnHadoopVersion }),
  };
}

function substituteVersions(values: OptionValues): OptionValues {
  const fill = (url: string | undefined, version: string): string | undefined =>
    url?.replaceAll('{v}', version).replaceAll('{hv}', 'hadoop3');
  return {
    ...values,
    sparkDownloadSource: fill(values.sparkDownloadSource, values.sparkVersion),
    hdfsDownloadSource: fill(values.hdfsDownloadSource, values.hdfsVersion),
  };
}
