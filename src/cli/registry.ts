import type { Command, CommandEntry } from './command.ts';

function entry(
  name: string,
  summary: string,
  load: () => Promise<Command>,
  ...aliases: string[]
): CommandEntry {
  return { name, summary, load, aliases };
}

/** All commands, in the help's order. Each is loaded when it is called, so that none makes another one slow. */
export const registry: readonly CommandEntry[] = [
  entry(
    'launch',
    'Launch a cluster',
    async () => (await import('./commands/launch.ts')).launchCommand,
  ),
  entry(
    'plan',
    'Show what a launch would create and cost',
    async () => (await import('./commands/plan.ts')).planCommand,
  ),
  entry(
    'describe',
    'Show a cluster, or list all',
    async () => (await import('./commands/describe.ts')).describeCommand,
  ),
  entry(
    'start',
    'Start a stopped cluster or failed nodes',
    async () => (await import('./commands/start.ts')).startCommand,
  ),
  entry(
    'stop',
    'Stop a cluster and keep its nodes',
    async () => (await import('./commands/stop.ts')).stopCommand,
  ),
  entry(
    'destroy',
    'Destroy a cluster and all data on it',
    async () => (await import('./commands/destroy.ts')).destroyCommand,
  ),
  entry(
    'add-workers',
    'Add workers to a running cluster',
    async () => (await import('./commands/add-workers.ts')).addWorkersCommand,
    'add-slaves',
  ),
  entry(
    'remove-workers',
    'Remove workers after their tasks finish',
    async () => (await import('./commands/remove-workers.ts')).removeWorkersCommand,
    'remove-slaves',
  ),
  entry(
    'resume',
    'Resume an interrupted launch',
    async () => (await import('./commands/resume.ts')).resumeCommand,
  ),
  entry(
    'repair',
    'Replace failed workers',
    async () => (await import('./commands/repair.ts')).repairCommand,
  ),
  entry(
    'install',
    'Install packages on all nodes',
    async () => (await import('./commands/install.ts')).installCommand,
  ),
  entry(
    'authorize',
    'Allow SSH access from your IP address',
    async () => (await import('./commands/authorize.ts')).authorizeCommand,
  ),
  entry(
    'extend',
    'Extend the lifetime of a cluster',
    async () => (await import('./commands/extend.ts')).extendCommand,
  ),
  entry(
    'doctor',
    'Run diagnostics and fix problems',
    async () => (await import('./commands/doctor.ts')).doctorCommand,
  ),
  entry(
    'login',
    'Open a shell on a node',
    async () => (await import('./commands/login.ts')).loginCommand,
  ),
  entry(
    'ui',
    'Open a web UI of a cluster',
    async () => (await import('./commands/ui.ts')).uiCommand,
  ),
  entry(
    'connect',
    'Connect Python and notebooks on this machine',
    async () => (await import('./commands/connect.ts')).connectCommand,
  ),
  entry(
    'run-command',
    'Run a command on all nodes',
    async () => (await import('./commands/run-command.ts')).runCommandCommand,
  ),
  entry(
    'copy-file',
    'Copy files to or from the nodes',
    async () => (await import('./commands/copy-file.ts')).copyFileCommand,
  ),
  entry(
    'submit',
    'Run a Spark job and follow its output',
    async () => (await import('./commands/submit.ts')).submitCommand,
  ),
  entry(
    'run',
    'Run a Spark job on a cluster of its own',
    async () => (await import('./commands/run.ts')).runCommand,
  ),
  entry(
    'jobs',
    'List the jobs of a cluster, or of all',
    async () => (await import('./commands/jobs.ts')).jobsCommand,
  ),
  entry(
    'logs',
    'Print or follow the output of a job',
    async () => (await import('./commands/logs.ts')).logsCommand,
  ),
  entry('cancel', 'Cancel a job', async () => (await import('./commands/cancel.ts')).cancelCommand),
  entry(
    'explain',
    'Explain why an application was slow or failed',
    async () => (await import('./commands/explain.ts')).explainCommand,
  ),
  entry(
    'python-env',
    'Create a Python environment for a cluster',
    async () => (await import('./commands/python-env.ts')).pythonEnvCommand,
  ),
  entry(
    'choices',
    'List available values of an option',
    async () => (await import('./commands/choices.ts')).choicesCommand,
  ),
  entry(
    'mcp',
    'Run an MCP server for AI agents',
    async () => (await import('./commands/mcp.ts')).mcpCommand,
  ),
  entry(
    'configure',
    'Create, edit or check the configuration file',
    async () => (await import('./commands/configure.ts')).configureCommand,
  ),
];

/** The command that goes by a name, its own or the Python tool's. */
export function findCommand(name: string): CommandEntry | undefined {
  return registry.find((one) => one.name === name || one.aliases.includes(name));
}
