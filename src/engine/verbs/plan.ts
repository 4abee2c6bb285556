import { basename } from 'node:path';
import type { OptionValues } from '../../config/options/options.ts';
import { assertValid } from '../../config/resolve.ts';
import { clusterNameProblem, type ProviderKind } from '../../model/cluster/cluster.ts';
import { secondsPaidFor } from '../../model/cluster/lifetime.ts';
import type { Plan } from '../../model/plan.ts';
import { advice } from '../../model/remedy.ts';
import { serviceProperties, shownServiceProperties } from '../../model/software/properties.ts';
import { withJobLimit } from '../../node/services/executors.ts';
import { askPython } from '../../python/find-python.ts';
import { environmentOf, selectedEnvironment } from '../../python/interpreters.ts';
import { readWheels, withRequirementsFile } from '../jobs/package-request.ts';
import type { WheelFile } from '../provider.ts';
import type { LaunchRequest, PlannedLaunch, Provider, WorkContext } from '../provider.ts';
import {
  type Engine,
  loadProvider,
  signalOf,
  type VerbOptions,
  workContext,
} from '../support/context.ts';
import { at } from '../support/find-cluster.ts';
import { requireName } from '../support/guards.ts';

/** What a launch, or a plan of one, takes. */
export interface LaunchOptions extends VerbOptions {
  /**
   * Whether the cluster gets the Python version of the user's environment, the active one or `.venv` of the current folder, where none
   * is configured, and where it can be had; or the absolute path of the interpreter that it gets the version of. Not for scripts: the
   * same configuration is to give the same cluster.
   * @default false
   */
  readonly followEnvironment?: boolean | string | undefined;
}

/** What a launch is for, as the verb knows that it belongs to. */
export type LaunchPurpose = Pick<LaunchRequest, 'orphanSeconds'>;

/** A launch as it was planned for a host, with what carries it out. */
export interface SettledLaunch extends PlannedLaunch {
  readonly provider: Provider;
  readonly context: WorkContext;
  /** Wheels that all nodes get. */
  readonly wheels: readonly WheelFile[];
}

/**
 * Settles the options and plans a launch: nothing is made.
 *
 * @throws ClusterError `CLUSTER_NAME_INVALID`, `CONFIG_INVALID`, `PROVIDER_UNAVAILABLE`; `ARGUMENT_INVALID`, `FILE_NOT_FOUND` for a
 *   requirements file or a wheel
 */
export async function settleLaunch(
  engine: Engine,
  name: string,
  options: LaunchOptions,
  purpose: LaunchPurpose = {},
): Promise<SettledLaunch> {
  const problem = clusterNameProblem(name);
  const settings = await engine.resolve({ overrides: options.values, verb: 'launch' });
  // A bad name doesn't hide a bad configuration, nor the reverse.
  const errors = settings.problems.filter(({ severity }) => severity === 'error');
  if (problem !== undefined && errors.length === 0) requireName(name);
  assertValid(
    problem === undefined
      ? settings
      : {
          problems: [
            {
              severity: 'error',
              file: null,
              line: null,
              column: null,
              key: null,
              message: problem,
              hint: null,
            },
            ...settings.problems,
          ],
        },
  );
  const provider = await loadProvider(engine, settings.provider);
  const values = await withRequirementsFile(settings.values);
  const context = workContext(engine, name, provider.kind, values, signalOf(options));
  for (const { message, hint, file, line, column } of settings.problems)
    context.emit('warning', {
      kind: 'CONFIG_INVALID',
      message: file === null ? message : `${file}:${line ?? 1}:${column ?? 1}: ${message}`,
      remedies: hint === null ? [] : advice(hint),
    });
  const given = new Set(
    Object.entries(settings.origin).flatMap(([key, origin]) => (origin === 'default' ? [] : [key])),
  );
  const selectedPython = await followedPython(options.followEnvironment, engine, context.signal);
  const wheels = await readWheels(values);
  const request = { name, values, wheels, given, selectedPython, ...purpose };
  const planned = await provider.plan(request, context);
  return {
    ...planned,
    plan: {
      ...planned.plan,
      ...accountAndEnd(provider.kind, context, planned.plan.price),
      ...plannedConfiguration(provider.kind, values),
    },
    provider,
    wheels,
    context: { ...context, values: at(planned.place ?? {}, values) },
  };
}

/** The Python that the user works with, and what it is called. */
async function followedPython(
  followed: LaunchOptions['followEnvironment'],
  { surroundings }: Engine,
  signal: AbortSignal,
): Promise<LaunchRequest['selectedPython']> {
  const { env, platform, cwd } = surroundings;
  if (typeof followed !== 'string') {
    const found = followed === true ? selectedEnvironment({ env, platform }, cwd) : undefined;
    return found && { version: found.version, name: basename(found.folder) };
  }
  const environment = environmentOf(followed, platform);
  if (environment !== undefined)
    return { version: environment.version, name: basename(environment.folder) };
  const asked = await askPython(followed, signal);
  return asked && { version: asked.version, name: followed };
}

/** Who pays for a cluster, and until when at the latest. */
function accountAndEnd(
  kind: ProviderKind,
  { values, env }: WorkContext,
  price: Plan['price'],
): Pick<Plan, 'profile' | 'end'> {
  if (kind !== 'ec2') return {};
  const { maxLifetime, maxCost, ec2Profile } = values;
  const ends = [
    ...(maxLifetime === undefined ? [] : [maxLifetime]),
    ...(maxCost === undefined || price === null ? [] : [secondsPaidFor(maxCost, price.perHour)]),
  ];
  const action = values.ec2InstanceInitiatedShutdownBehavior;
  return {
    profile: ec2Profile ?? env['AWS_PROFILE'] ?? null,
    ...(ends.length > 0 && { end: { afterSeconds: Math.floor(Math.min(...ends)), action } }),
  };
}

/** What the user puts into the configuration files of the software that is installed. */
function plannedConfiguration(
  kind: ProviderKind,
  values: OptionValues,
): Pick<Plan, 'configuration'> {
  const { installHdfs, sparkEnv, coreSite, hdfsSite } = values;
  const hasHdfs = kind === 'ec2' && installHdfs;
  const configuration = serviceProperties({
    'spark-defaults': withJobLimit(values),
    'spark-env': sparkEnv,
    'core-site': hasHdfs ? coreSite : {},
    'hdfs-site': hasHdfs ? hdfsSite : {},
  });
  return Object.keys(configuration).length === 0
    ? {}
    : { configuration: shownServiceProperties(configuration) };
}

/** Finds out what a launch would do, what it would cost and what is wrong with it. Nothing is made. */
export async function plan(engine: Engine, name: string, options: LaunchOptions): Promise<Plan> {
  return (await settleLaunch(engine, name, options)).plan;
}
