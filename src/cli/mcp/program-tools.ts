import { formatOutsideText } from '../../text/agents/outside-text.ts';
import { formatMeasuredDuration } from '../../text/durations.ts';
import { KeptOutput } from './kept-output.ts';
import type { ClusterInput } from './reading-tools.ts';
import type { ToolContext, ToolTexts } from './tool-context.ts';

/** What `submit_job` takes. */
interface JobInput extends ClusterInput {
  readonly file: string;
  readonly args?: readonly string[];
  readonly mainClass?: string;
  readonly conf?: Readonly<Record<string, string>>;
}

/** `submit_job` */
export async function submitJob(
  { name, file, args = [], mainClass, conf = {} }: JobInput,
  { engine, host, options }: ToolContext,
): Promise<ToolTexts> {
  const [stdout, stderr] = [new KeptOutput(), new KeptOutput()];
  host.onEvent((event) => {
    if (event.code === 'job.output') (event.stream === 'stdout' ? stdout : stderr).push(event.text);
  });
  const request = { file, args, conf, className: mainClass };
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
