import { durationText } from '../base/duration.ts';
import type { ProviderKind } from '../model/cluster/cluster.ts';
import type { Verb } from '../model/events.ts';
import type { LoadedConfig } from './loaded-config.ts';
import { templateKeys } from './options/config-keys.ts';
import { growVerbs, launchVerbs } from './options/option.ts';
import { type OptionName, optionNames, options, type OptionValues } from './options/options.ts';
import type { ConfigProblem } from './problem.ts';

/** What the rules look at. */
export interface RuleContext {
  readonly provider: ProviderKind;
  /** Why that provider, in words. */
  readonly reason: string;
  readonly verb: Verb;
  readonly values: OptionValues;
  readonly origin: Readonly<Record<OptionName, 'default' | 'file' | 'flag'>>;
  readonly config: LoadedConfig | undefined;
}

const providerNames: Readonly<Record<ProviderKind, string>> = { local: 'this machine', ec2: 'EC2' };

/** What is wrong with options that fit each for itself: they exclude, require or contradict each other. */
export function checkRules(context: RuleContext): ConfigProblem[] {
  const problems = [
    ...otherProvidersOptions(context),
    ...deprecatedOptions(context),
    ...proxyRules(context),
  ];
  if (includes(growVerbs, context.verb)) problems.push(...spotRules(context), ...tagRules(context));
  if (includes(launchVerbs, context.verb)) {
    problems.push(...requiredOptions(context), ...sparkRules(context));
    if (context.provider === 'ec2')
      problems.push(...ec2Rules(context), ...hdfsRules(context), ...lifetimeRules(context));
    else problems.push(...localRules(context));
  }
  return problems;
}

function* otherProvidersOptions(context: RuleContext): Generator<ConfigProblem> {
  const { provider, reason, origin, config } = context;
  const other: ProviderKind = provider === 'ec2' ? 'local' : 'ec2';
  for (const name of optionNames) {
    const definition = options[name];
    if (definition.provider !== other) continue;
    if (origin[name] === 'flag')
      yield problemAt(
        context,
        name,
        'error',
        `applies only to clusters on ${providerNames[other]}, but this cluster is on ${providerNames[provider]} (${reason}).`,
        `Remove it, or set provider to ${other}.`,
      );
    else if (origin[name] === 'file' && !inSectionOf(context, name, other))
      yield problemAt(
        context,
        name,
        'warning',
        `is ignored: it applies only to clusters on ${providerNames[other]}, but this cluster is on ${providerNames[provider]} (${reason}).`,
        null,
      );
  }
  const section = config?.sections[other];
  if (section !== undefined && hasOwnValues(context, other))
    yield {
      severity: 'warning',
      file: config?.file ?? null,
      line: section.line,
      column: section.column,
      key: section.key,
      message: `${section.key}: The section is ignored because the cluster is on ${providerNames[provider]} (${reason}).`,
      hint: `For a cluster on ${providerNames[other]} set "provider: ${other}".`,
    };
}

/** Whether the user has put something into a provider's section: what our template has there for the Python tool is no doubt. */
function hasOwnValues({ config }: RuleContext, provider: ProviderKind): boolean {
  return optionNames.some((name) => {
    const definition = options[name];
    const value = config?.values[name];
    return (
      definition.provider === provider &&
      ((value !== undefined &&
        !(templateKeys.has(definition.key) && value === definition.example)) ||
        (config?.faulty.has(name) ?? false))
    );
  });
}

function inSectionOf({ config }: RuleContext, name: OptionName, provider: ProviderKind): boolean {
  return (
    !(config?.positions[name]?.key.startsWith('launch.') ?? false) &&
    config?.sections[provider] !== undefined
  );
}

function* deprecatedOptions(context: RuleContext): Generator<ConfigProblem> {
  for (const name of optionNames) {
    const { deprecated } = options[name];
    if (deprecated !== undefined && context.origin[name] !== 'default')
      yield problemAt(context, name, 'warning', `has no effect: ${deprecated}.`, 'Remove it.');
  }
}

function* requiredOptions(context: RuleContext): Generator<ConfigProblem> {
  const { config, provider, origin } = context;
  for (const name of optionNames) {
    const { requiredFor, key, flag, example } = options[name];
    if (requiredFor !== provider || origin[name] !== 'default') continue;
    // It is there, and its own fault is reported already.
    if (config?.faulty.has(name) ?? false) continue;
    // It stands nowhere, so the place is what makes it required, if that is in the file.
    const cause = config?.positions.provider ?? config?.sections[provider];
    yield {
      severity: 'error',
      file: config?.file ?? null,
      line: cause?.line ?? null,
      column: cause?.column ?? null,
      key,
      message: `${key}: It is required to launch a cluster on ${providerNames[provider]}.`,
      hint: `Specify ${flag}, or add "${key.split('.').at(-1) ?? key}: ${example}" to section ${key.split('.').slice(0, -1).join('.')} of the file.`,
    };
  }
}

function* sparkRules(context: RuleContext): Generator<ConfigProblem> {
  const { values, origin } = context;
  if (values.sparkGitCommit !== undefined && origin.sparkVersion !== 'default')
    yield problemAt(
      context,
      'sparkGitCommit',
      'error',
      `can’t be combined with ${nameOf(context, 'sparkVersion')}: Spark is either a release or built from a commit.`,
      'Remove one of them.',
    );
}

function* spotRules(context: RuleContext): Generator<ConfigProblem> {
  const { ec2Spot, ec2SpotPrice, ec2SpotFallback } = context.values;
  if (context.provider !== 'ec2') return;
  if (ec2Spot === 'all' || (ec2Spot === undefined && ec2SpotPrice !== undefined))
    yield problemAt(
      context,
      ec2Spot === undefined ? 'ec2SpotPrice' : 'ec2Spot',
      'warning',
      'applies to the master too: if EC2 interrupts it, the cluster is lost.',
      'For an On-Demand master set spot to "workers".',
    );
  if (ec2Spot === 'none' && ec2SpotPrice !== undefined)
    yield problemAt(
      context,
      'ec2SpotPrice',
      'warning',
      `is ignored: ${nameOf(context, 'ec2Spot')} is none.`,
      null,
    );
  if (ec2SpotFallback && (ec2Spot ?? 'none') === 'none' && ec2SpotPrice === undefined)
    yield problemAt(
      context,
      'ec2SpotFallback',
      'warning',
      'has no effect: no node is a Spot Instance.',
      `Set ${nameOf(context, 'ec2Spot')} to choose the nodes.`,
    );
}

function* tagRules(context: RuleContext): Generator<ConfigProblem> {
  const reserved = Object.keys(context.values.ec2Tags).filter((key) =>
    key.toLowerCase().startsWith('flintrock-'),
  );
  if (context.provider === 'ec2' && reserved.length > 0)
    yield problemAt(
      context,
      'ec2Tags',
      'error',
      `contains ${reserved.join(', ')}, but Flintrock itself uses keys that begin with "flintrock-".`,
      'Use another key.',
    );
}

function* proxyRules(context: RuleContext): Generator<ConfigProblem> {
  const { provider, values } = context;
  if (provider !== 'ec2' || values.ec2SshProxy === undefined) return;
  if (values.ec2SshProxyCommand === undefined) return;
  const other = nameOf(context, 'ec2SshProxy');
  yield problemAt(
    context,
    'ec2SshProxyCommand',
    'error',
    `can’t be combined with ${other}.`,
    `Remove one of them; the command may use a jump host itself.`,
  );
}

function* ec2Rules(context: RuleContext): Generator<ConfigProblem> {
  const { values } = context;
  if (values.ec2VpcId !== undefined && values.ec2SubnetId.length === 0)
    yield problemAt(
      context,
      'ec2VpcId',
      'error',
      'requires a subnet: a nondefault VPC has no default subnets.',
      `Set ${nameOf(context, 'ec2SubnetId')} as well.`,
    );
  if (values.minWorkers !== undefined && values.minWorkers > values.numWorkers)
    yield problemAt(
      context,
      'minWorkers',
      'error',
      `is ${values.minWorkers}, which is more than ${nameOf(context, 'numWorkers')} (${values.numWorkers}).`,
      'Reduce it, or increase the number of workers.',
    );
  const { ec2Region } = values;
  const elsewhere = values.ec2AvailabilityZone.filter((zone) => !zone.startsWith(ec2Region ?? ''));
  if (ec2Region !== undefined && elsewhere.length > 0)
    yield problemAt(
      context,
      'ec2AvailabilityZone',
      'error',
      `is "${elsewhere.join(', ')}", which is not in the AWS Region ${ec2Region}.`,
      `The names of Availability Zones begin with the Region, such as ${ec2Region}a.`,
    );
  if (values.ec2AuthorizeAccessFrom.some((source) => /\/0$/.test(source)))
    yield problemAt(
      context,
      'ec2AuthorizeAccessFrom',
      'warning',
      'allows SSH access from all IP addresses.',
      'Allow only the networks that you work from.',
    );
}

function* hdfsRules(context: RuleContext): Generator<ConfigProblem> {
  const { values, origin } = context;
  if (values.installYarn && !values.installHdfs)
    yield problemAt(
      context,
      'installHdfs',
      'error',
      'is off, but YARN requires HDFS, for the files and logs of applications.',
      'Remove it, or don’t install YARN.',
    );
  if (values.installHdfs) return;
  for (const name of ['coreSite', 'hdfsSite'] as const)
    if (origin[name] !== 'default')
      yield problemAt(
        context,
        name,
        origin[name] === 'flag' ? 'error' : 'warning',
        'has no effect: HDFS is not installed.',
        'Set launch.install-hdfs. Hadoop properties for Spark alone belong in services.spark.spark-defaults, with the prefix "spark.hadoop.".',
      );
}

/** Users pause for at least this long between two steps of their work, in seconds. */
const shortIdleTimeout = 5 * 60;

function* lifetimeRules(context: RuleContext): Generator<ConfigProblem> {
  const { idleTimeout, installSpark } = context.values;
  if (idleTimeout !== undefined && idleTimeout < shortIdleTimeout)
    yield problemAt(
      context,
      'idleTimeout',
      'warning',
      `is only ${durationText(idleTimeout)}: the cluster may end while you are still using it.`,
      null,
    );
  if (idleTimeout !== undefined && !installSpark)
    yield problemAt(
      context,
      'idleTimeout',
      'warning',
      'considers only users who are logged in over SSH, because Spark is not installed.',
      null,
    );
}

function* localRules(context: RuleContext): Generator<ConfigProblem> {
  const { values } = context;
  if (values.installHdfs)
    yield problemAt(
      context,
      'installHdfs',
      'warning',
      'is ignored: clusters on this machine read local files and have no HDFS.',
      null,
    );
  if (values.installYarn)
    yield problemAt(
      context,
      'installYarn',
      'warning',
      'is ignored: clusters on this machine have no YARN.',
      null,
    );
  if (values.localMasterPort !== undefined && values.localMasterPort === values.localMasterUiPort)
    yield problemAt(
      context,
      'localMasterUiPort',
      'error',
      `is the same as ${nameOf(context, 'localMasterPort')}.`,
      'Use different ports.',
    );
}

/** What to call an option: as the user wrote it, or by its key. */
function nameOf({ origin, config }: RuleContext, name: OptionName): string {
  if (origin[name] === 'flag') return options[name].flag;
  return (
    config?.positions[name]?.key ??
    (origin[name] === 'file' ? options[name].key : `${options[name].key} (${options[name].flag})`)
  );
}

function problemAt(
  context: RuleContext,
  name: OptionName,
  severity: ConfigProblem['severity'],
  message: string,
  hint: string | null,
): ConfigProblem {
  const { origin, config } = context;
  const position = origin[name] === 'file' ? config?.positions[name] : undefined;
  const key = position?.key ?? (origin[name] === 'flag' ? options[name].flag : options[name].key);
  return {
    severity,
    file: position === undefined ? null : (config?.file ?? null),
    line: position?.line ?? null,
    column: position?.column ?? null,
    key,
    message: `${key}: It ${message}`,
    hint,
  };
}

function includes(verbs: readonly Verb[], verb: Verb): boolean {
  return verbs.includes(verb);
}
