import { loadConfig } from '../../config/load.ts';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { nodesOf } from '../../model/cluster/cluster.ts';
import { type Plan, refusalOf } from '../../model/plan.ts';
import { formatOutsideText } from '../../text/agents/outside-text.ts';
import { formatCount } from '../../text/counts.ts';
import { formatMeasuredDuration } from '../../text/durations.ts';
import {
  type ChangeQuestion,
  destroyQuestion,
  growthQuestion,
  launchQuestion,
  removeQuestion,
  startQuestion,
  stopQuestion,
} from '../../text/engine/change-questions.ts';
import { clusterJson } from '../rendering/json.ts';
import type { ClusterInput } from './reading-tools.ts';
import type { ToolContext, ToolTexts } from './tool-context.ts';
import { type LaunchInput, launchValues, sensitiveValues } from './tool-input.ts';

/** So many lines about what a launch makes are shown before the user agrees; more are counted. */
const maxLines = 12;

/** `launch_cluster` */
export async function launchCluster(
  input: LaunchInput,
  { serving, engine, host, signal, options }: ToolContext,
): Promise<ToolTexts> {
  const asked = launchValues(input);
  const values = { ...serving.values, ...asked };
  const { plan, launch } = await engine.prepareLaunch(input.name, { ...options, values });
  const refusal = refusalOf(plan);
  if (refusal !== undefined) throw refusal;
  // On this machine nothing is spent; but what an agent wants to have run there isn't its to decide.
  const sensitive = sensitiveValues(asked, plan.provider);
  if (plan.provider === 'ec2' || plan.price !== null || sensitive.length > 0)
    await host.approve(launchText(plan, sensitive), 'The user declined. Nothing was launched.');
  const { cluster, seconds } = await launch({ signal, host });
  return changed(cluster, `"${input.name}" was launched in ${formatMeasuredDuration(seconds)}.`);
}

/** `add_workers` */
export async function addWorkers(
  { name, count }: ClusterInput & { readonly count: number },
  { serving, engine, host, options }: ToolContext,
): Promise<ToolTexts> {
  const planned = await engine.planWorkers(name, count, options);
  if (planned.type !== 'process' || planned.price !== null) {
    const found = await engine.describe(name, options);
    const [cluster] = found.clusters;
    const now = serving.session.io.clock.now();
    if (cluster !== undefined)
      await host.approve(
        textOf(growthQuestion(cluster, planned, profileOf(serving.session), now)),
        'The user declined. No worker was added.',
      );
  }
  const { cluster, added, seconds } = await engine.addWorkers(name, count, options);
  return changed(
    cluster,
    `${formatCount(added.length, 'worker')} added to "${name}" in ${formatMeasuredDuration(seconds)}: ${added.join(', ')}.`,
  );
}

/** `remove_workers` */
export async function removeWorkers(
  {
    name,
    count,
    drainSeconds,
  }: ClusterInput & { readonly count: number; readonly drainSeconds?: number },
  { engine, host, options, ...rest }: ToolContext,
): Promise<ToolTexts> {
  host.detail = await detailOf(name, { engine, host, options, ...rest }, (cluster) =>
    removeQuestion(cluster, count),
  );
  const { cluster, removed, seconds } = await engine.removeWorkers(name, count, {
    ...options,
    drainSeconds,
  });
  return changed(
    cluster,
    removed.length === 0
      ? `"${name}" has no workers to remove.`
      : `${formatCount(removed.length, 'worker')} removed from "${name}" in ${formatMeasuredDuration(seconds)}: ${removed.join(', ')}.`,
  );
}

/** `start_cluster` */
export async function startCluster(
  { name }: ClusterInput,
  { serving, engine, host, options }: ToolContext,
): Promise<ToolTexts> {
  const { cluster: before, pricePerHour } = await engine.planStart(name, options);
  if (before.provider === 'ec2' && before.state !== 'running')
    await host.approve(
      textOf(startQuestion(before, pricePerHour, profileOf(serving.session))),
      'The user declined. Nothing was started.',
    );
  const { cluster, changed: isChanged, seconds } = await engine.start(name, options);
  return changed(
    cluster,
    isChanged
      ? `"${name}" was started in ${formatMeasuredDuration(seconds)}.`
      : `"${name}" is already running.`,
  );
}

/** `stop_cluster` */
export async function stopCluster(input: ClusterInput, context: ToolContext): Promise<ToolTexts> {
  const { name } = input;
  const { engine, host, options } = context;
  host.detail = await detailOf(name, context, (cluster) => stopQuestion([cluster]));
  const { cluster, changed: isChanged, seconds } = await engine.stop(name, options);
  return changed(
    cluster,
    isChanged
      ? `"${name}" was stopped in ${formatMeasuredDuration(seconds)}.`
      : `"${name}" is already stopped.`,
  );
}

/** `destroy_cluster` */
export async function destroyCluster(
  input: ClusterInput,
  context: ToolContext,
): Promise<ToolTexts> {
  const { name } = input;
  const { engine, host, options } = context;
  host.detail = await detailOf(name, context, (cluster) => destroyQuestion([cluster]));
  const { seconds } = await engine.destroy(name, options);
  return [`"${name}" was destroyed in ${formatMeasuredDuration(seconds)}.`];
}

/** A change that was made, and the cluster after it. */
function changed(cluster: Cluster, sentence: string): ToolTexts {
  return [sentence, formatOutsideText({ cluster: clusterJson(cluster) })];
}

/** What a launch costs, who pays and what it makes, as a question. */
function launchText(plan: Plan, sensitive: readonly string[]): string {
  const { changes, problems } = plan;
  const more = changes.length - maxLines;
  return [
    textOf(launchQuestion(plan)),
    '',
    ...changes.slice(0, maxLines),
    ...(more > 0 ? [`… and ${more} more`] : []),
    ...problems.map(({ message }) => `Warning: ${message}`),
    ...(sensitive.length === 0
      ? []
      : ['', 'The agent sets these options, which affect code or access:', ...sensitive]),
  ].join('\n');
}

function textOf({ text, detail }: ChangeQuestion): string {
  return `${text}\n${detail}`;
}

/**
 * What a cluster is before it is changed, and what runs on it. A cluster that can't be looked at can be removed all the same: then there is
 * only the engine's own question.
 */
async function detailOf(
  name: string,
  { engine, signal, options }: ToolContext,
  question: (cluster: Cluster) => ChangeQuestion,
): Promise<string> {
  try {
    const { clusters } = await engine.describe(name, options);
    const [cluster] = clusters;
    if (cluster === undefined || nodesOf(cluster).length === 0) return '';
    const { accountId } = cluster;
    const account = accountId == null ? '' : `\nAWS account: ${accountId}`;
    return `${question(cluster).detail}${account}`;
  } catch (error) {
    if (signal.aborted) throw error;
    return '';
  }
}

/** The AWS profile that pays; `undefined` for the default credential chain. */
function profileOf({ configFile, io }: ToolContext['serving']['session']): string | undefined {
  const configured =
    configFile === undefined ? undefined : loadConfig(configFile).values.ec2Profile;
  return configured ?? io.env['AWS_PROFILE'];
}
