import { formatOutsideText } from '../../text/agents/outside-text.ts';
import { formatCount } from '../../text/counts.ts';
import { formatMeasuredDuration } from '../../text/durations.ts';
import { formatJobEnd } from '../../text/engine/jobs.ts';
import { KeptOutput } from './kept-output.ts';
import type { ClusterInput } from './reading-tools.ts';
import type { ToolContext, ToolTexts } from './tool-context.ts';
import type { PlaceInput } from './tool-input.ts';

/** What `submit_job` takes. */
interface JobInput extends ClusterInput {
  readonly file: string;
  readonly args?: readonly string[];
  readonly mainClass?: string;
  readonly conf?: Readonly<Record<string, string>>;
  readonly packages?: readonly string[];
  readonly detach?: boolean;
}

/** A job that a tool is about. */
interface JobIdInput extends PlaceInput {
  readonly job: string;
  readonly name?: string;
}

/** `submit_job` */
export async function submitJob(
  { name, file, args = [], mainClass, ...rest }: JobInput,
  { engine, host, options }: ToolContext,
): Promise<ToolTexts> {
  const [stdout, stderr] = [new KeptOutput(), new KeptOutput()];
  host.onEvent((event) => {
    if (event.code === 'job.output') (event.stream === 'stdout' ? stdout : stderr).push(event.text);
  });
  const { conf = {}, packages = [], detach = false } = rest;
  const request = { file, args, conf, packages, detach, className: mainClass };
  const { job, exitCode, seconds } = await engine.submit(name, request, options);
  const time = formatMeasuredDuration(seconds);
  return [
    exitCode === null
      ? `${job} is still running on "${name}".`
      : exitCode === 0
        ? `${job} completed in ${time}.`
        : `${job} failed with exit code ${exitCode} after ${time}.`,
    // Spark's own messages come first: what the job prints is what an agent reads to its end.
    ...outputTexts('Standard error', stderr),
    ...outputTexts('Standard output', stdout),
  ];
}

/** `list_jobs` */
export async function listJobs(
  { name }: Partial<ClusterInput>,
  { engine, options }: ToolContext,
): Promise<ToolTexts> {
  const { jobs } = await engine.jobs({ ...options, cluster: name });
  return [
    `${formatCount(jobs.length, 'job')} found.`,
    ...(jobs.length === 0 ? [] : [formatOutsideText({ jobs })]),
  ];
}

/** `read_job_log` */
export async function readJobLog(
  { job: id, name }: JobIdInput,
  { engine, host, options }: ToolContext,
): Promise<ToolTexts> {
  const [stdout, stderr] = [new KeptOutput(), new KeptOutput()];
  host.onEvent((event) => {
    if (event.code === 'job.output') (event.stream === 'stdout' ? stdout : stderr).push(event.text);
  });
  const { job } = await engine.jobLog(id, { ...options, cluster: name });
  return [
    `${id}: ${formatJobEnd(job)}.`,
    ...outputTexts('Standard error', stderr),
    ...outputTexts('Standard output', stdout),
  ];
}

/** `cancel_job` */
export async function cancelJob(
  { job, name }: JobIdInput,
  { engine, options }: ToolContext,
): Promise<ToolTexts> {
  const { canceled } = await engine.cancelJob(job, { ...options, cluster: name });
  return [canceled ? `${job} was canceled.` : `${job} had already ended.`];
}

/** `run_command` */
export async function runCommand(
  {
    name,
    command,
    masterOnly = false,
  }: ClusterInput & { readonly command: string; readonly masterOnly?: boolean },
  { engine, host, options }: ToolContext,
): Promise<ToolTexts> {
  const output = new KeptOutput();
  host.onEvent((event) => {
    if (event.code !== 'command.output') return;
    const stream = event.stream === 'stderr' ? ' (stderr)' : '';
    output.push(`${event.node}${stream} | ${event.line}\n`);
  });
  const { nodes, seconds } = await engine.runCommand(name, command, { ...options, masterOnly });
  const failed = nodes.filter(({ exitCode }) => exitCode !== 0);
  const time = formatMeasuredDuration(seconds);
  return [
    failed.length === 0
      ? `The command completed on ${nodes.length} of ${nodes.length} nodes in ${time}.`
      : `The command failed on ${failed.length} of ${nodes.length} nodes: ${failed.map(({ node, exitCode }) => `${node} (exit code ${exitCode})`).join(', ')}.`,
    ...outputTexts('Output', output),
  ];
}

function outputTexts(what: string, output: KeptOutput): ToolTexts {
  const text = output.text();
  return text === '' ? [`${what}: none.`] : [`${what}:\n${formatOutsideText(text)}`];
}
