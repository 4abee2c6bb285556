import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Settings } from '../../config/resolve.ts';
import { ClusterError, isClusterError } from '../../model/errors.ts';
import type { Host } from '../../model/host.ts';
import type { JobState } from '../../model/job.ts';
import { callVerb } from '../../model/remedy.ts';
import type { JobToSubmit } from '../jobs/job-to-submit.ts';
import { prepareJob } from '../jobs/prepare-job.ts';
import type { Engine } from '../support/context.ts';
import { signalOf, workContext } from '../support/context.ts';
import { noYarn } from '../support/guards.ts';
import { copyFile } from './copy-file.ts';
import { destroy } from './destroy.ts';
import { launch } from './launch.ts';
import type { LaunchOptions } from './plan.ts';
import { submit } from './submit.ts';

/** After so long without a job a cluster ends by itself, should its client be gone; in seconds. */
const idleSeconds = 600;

/** A job that gets a cluster of its own. */
export interface RunRequest extends JobToSubmit {
  /** Name of the cluster. Default: one that is made up. */
  readonly cluster?: string | undefined;
  /** Files and folders that the job makes on the master, to be copied to the current folder; a relative path starts where the job does. */
  readonly fetch?: readonly string[] | undefined;
}

/** A name for the cluster of a job that has one of its own. */
export function runClusterName(): string {
  return `run-${randomBytes(3).toString('hex')}`;
}

/** How a job ended that had a cluster of its own. */
export interface RunResult {
  readonly cluster: string;
  readonly job: string;
  readonly state: JobState;
  /** The job's own exit code; `null` if it was left running, and the cluster with it. */
  readonly exitCode: number | null;
  /** Paths on this machine of what was fetched. */
  readonly fetched: readonly string[];
  readonly seconds: number;
}

/**
 * Launches a cluster, runs a job on it, brings its results home, and destroys the cluster, however the job ends. A job that fails is a
 * result, not an error.
 *
 * Only if the user leaves the job running when asked, or if results are there and can't be fetched, the cluster stays; it ends by itself
 * after ten minutes without a job, on this machine only when this process has ended, too.
 *
 * @throws ClusterError those of {@link launch}, {@link submit} and {@link copyFile}
 */
export async function run(
  engine: Engine,
  request: RunRequest,
  options: LaunchOptions,
): Promise<RunResult> {
  const name = request.cluster ?? runClusterName();
  // What is wrong with the job is told before anything costs money; what is worth knowing is told when it is submitted.
  const settings = await engine.resolve({ overrides: options.values, verb: 'launch' });
  if (request.yarn !== undefined && !(settings.provider === 'ec2' && settings.values.installYarn))
    throw noYarn(name);
  const context = workContext(engine, name, settings.provider, settings.values, signalOf(options));
  await prepareJob(request, plannedVersion(settings, engine), {
    ...context,
    emit: () => undefined,
  });
  const mayEndItself = settings.provider === 'ec2' && settings.values.idleTimeout === undefined;
  const values = { ...options.values, ...(mayEndItself && { idleTimeout: idleSeconds }) };
  const began = engine.surroundings.clock.now();
  const seconds = (): number => (engine.surroundings.clock.now() - began) / 1000;
  // One on this machine has no idle timeout.
  const purpose = { orphanSeconds: idleSeconds };
  const { cluster } = await launch(engine, name, { ...options, values }, purpose);
  const place = {
    values: {
      ...options.values,
      provider: cluster.provider,
      ...(cluster.region !== undefined && { ec2Region: cluster.region }),
    },
    signal: options.signal,
  };
  let isKept = false;
  try {
    const { job, state, exitCode } = await submit(engine, name, request, place);
    isKept = exitCode === null;
    if (exitCode === null)
      return { cluster: name, job, state, exitCode, fetched: [], seconds: seconds() };
    const fetched: string[] = [];
    for (const path of request.fetch ?? []) {
      try {
        fetched.push(await fetch(engine, name, path, place));
      } catch (error) {
        // What isn't there can't be fetched later, either.
        isKept = !(isClusterError(error) && error.code === 'FILE_NOT_FOUND');
        throw isKept ? notFetched(path, error, cluster) : error;
      }
    }
    return { cluster: name, job, state, exitCode, fetched, seconds: seconds() };
  } finally {
    // Without the signal, which may have ended the job.
    if (!isKept)
      await destroy({ ...engine, host: agreeing(engine.host) }, name, { values: place.values });
  }
}

/** The Spark version that the cluster will have; `null` where an installed Spark may decide that. */
function plannedVersion(
  { provider, values, origin }: Settings,
  { surroundings }: Engine,
): string | null {
  const installed = values.sparkHome ?? surroundings.env['SPARK_HOME'];
  const decidesItself = provider === 'local' && Boolean(installed);
  return decidesItself && origin.sparkVersion === 'default' ? null : values.sparkVersion;
}

/** Copies what a job made to the current folder; on this machine jobs run there. */
async function fetch(
  engine: Engine,
  name: string,
  path: string,
  place: Pick<LaunchOptions, 'values' | 'signal'>,
): Promise<string> {
  const { cwd } = engine.surroundings;
  const here = resolve(cwd, path);
  if (place.values?.provider === 'local') {
    if (existsSync(here)) return here;
    throw new ClusterError('FILE_NOT_FOUND', `File or folder not found: ${here}.`);
  }
  const local = resolve(cwd, basename(path));
  await copyFile(
    engine,
    name,
    { direction: 'down', local, remote: path },
    { ...place, masterOnly: true },
  );
  return local;
}

function notFetched(
  path: string,
  cause: unknown,
  cluster: Parameters<typeof callVerb>[2],
): ClusterError {
  const { code, message } = isClusterError(cause)
    ? cause
    : { code: 'TRANSFER_FAILED' as const, message: String(cause) };
  return new ClusterError(
    code,
    `The job has ended, and ${path} could not be fetched: ${message} The cluster was kept.`,
    {
      cause,
      remedies: [
        callVerb('Copy it from the master, then destroy the cluster.', 'destroy', cluster, {}),
      ],
    },
  );
}

/** A host that has agreed to the end of a cluster which is this verb's own. */
function agreeing(host: Host): Host {
  return {
    notify: (event) => host.notify(event),
    ask: (question) =>
      question.code === 'destroy.confirm' ? Promise.resolve(true as never) : host.ask(question),
  };
}
