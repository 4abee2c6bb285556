import type { Verb } from '../../model/events.ts';
import { type AgentToolName, agentTools, type ToolSchema } from '../../text/agents/tools.ts';
import {
  addWorkers,
  destroyCluster,
  launchCluster,
  removeWorkers,
  startCluster,
  stopCluster,
} from './changing-tools.ts';
import { cancelJob, listJobs, readJobLog, runCommand, submitJob } from './program-tools.ts';
import {
  describeCluster,
  explainApplication,
  listClusters,
  openWebUi,
  planLaunch,
  readLogs,
  runDiagnostics,
} from './reading-tools.ts';
import type { ToolContext, ToolTexts } from './tool-context.ts';

/** A tool of the server: what it does, and for which verb of the engine options are looked at. */
interface ServerTool<Input> {
  readonly verb: Verb;
  readonly run: (input: Input, context: ToolContext) => Promise<ToolTexts>;
  /** Whether it is about clusters that are there, and takes where to look for them. */
  readonly takesPlace: boolean;
}

function tool<Input>(
  verb: Verb,
  run: ServerTool<Input>['run'],
  takesPlace = true,
): ServerTool<unknown> {
  // The input is checked against the tool's schema before.
  return { verb, run: (input, context) => run(input as Input, context), takesPlace };
}

/** What the tools of the server do; `read_launch_log` is about launches of an editor, which has it itself. */
export const serverTools: Readonly<
  Record<Exclude<AgentToolName, 'read_launch_log'>, ServerTool<unknown>>
> = {
  list_clusters: tool('describe', listClusters),
  describe_cluster: tool('describe', describeCluster),
  plan_launch: tool('plan', planLaunch, false),
  launch_cluster: tool('launch', launchCluster, false),
  add_workers: tool('addWorkers', addWorkers),
  remove_workers: tool('removeWorkers', removeWorkers),
  start_cluster: tool('start', startCluster),
  stop_cluster: tool('stop', stopCluster),
  destroy_cluster: tool('destroy', destroyCluster),
  submit_job: tool('submit', submitJob),
  list_jobs: tool('submit', listJobs),
  read_job_log: tool('submit', readJobLog),
  cancel_job: tool('submit', cancelJob),
  run_command: tool('runCommand', runCommand),
  run_diagnostics: tool('doctor', runDiagnostics),
  read_logs: tool('doctor', readLogs),
  explain_application: tool('explain', explainApplication),
  open_web_ui: tool('login', openWebUi),
};

/** Where a tool looks for a cluster, as an agent says it. */
const place: ToolSchema['properties'] = {
  provider: {
    type: 'string',
    enum: ['local', 'ec2'],
    description:
      'Where to look: "local" for this machine, "ec2" for Amazon EC2. Default: wherever there are clusters.',
  },
  region: { type: 'string', description: 'AWS Region to look in. Default: the configured ones.' },
};

/** What a tool of the server takes. */
export function inputSchema(name: keyof typeof serverTools): ToolSchema {
  const input: ToolSchema = agentTools[name].input;
  const properties = serverTools[name].takesPlace
    ? { ...input.properties, ...place }
    : input.properties;
  // An argument that isn't known was meant to do something.
  return { ...input, properties, additionalProperties: false };
}
