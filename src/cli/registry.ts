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
    'Show what a launch would do, and what is wrong with it',
    async () => (await import('./commands/plan.ts')).planCommand,
  ),
  entry(
    'describe',
    'Show one cluster, or all',
    async () => (await import('./commands/describe.ts')).describeCommand,
  ),
  entry(
    'start',
    'Start a stopped cluster, or its dead nodes',
    async () => (await import('./commands/start.ts')).startCommand,
  ),
  entry(
    'stop',
    'Stop a cluster; it keeps its nodes',
    async () => (await import('./commands/stop.ts')).stopCommand,
  ),
  entry(
    'destroy',
    'Remove a cluster with everything on it',
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
    'Remove workers; their tasks are finished first',
    async () => (await import('./commands/remove-workers.ts')).removeWorkersCommand,
    'remove-slaves',
  ),
  entry(
    'resume',
    'Finish a launch that another client began',
    async () => (await import('./commands/resume.ts')).resumeCommand,
  ),
  entry(
    'repair',
    'Replace dead workers',
    async () => (await import('./commands/repair.ts')).repairCommand,
  ),
  entry(
    'authorize',
    'Let this machine’s present address in',
    async () => (await import('./commands/authorize.ts')).authorizeCommand,
  ),
  entry(
    'extend',
    'Let a cluster live longer that ends by itself',
    async () => (await import('./commands/extend.ts')).extendCommand,
  ),
  entry(
    'doctor',
    'Find out what is wrong, and mend it',
    async () => (await import('./commands/doctor.ts')).doctorCommand,
  ),
  entry(
    'login',
    'Open a shell on a node',
    async () => (await import('./commands/login.ts')).loginCommand,
  ),
  entry(
    'ui',
    'Open a web page of a cluster',
    async () => (await import('./commands/ui.ts')).uiCommand,
  ),
  entry(
    'run-command',
    'Run a command on all nodes',
    async () => (await import('./commands/run-command.ts')).runCommandCommand,
  ),
  entry(
    'copy-file',
    'Copy a file to all nodes, or from them',
    async () => (await import('./commands/copy-file.ts')).copyFileCommand,
  ),
  entry(
    'submit',
    'Run a Spark job and follow its output',
    async () => (await import('./commands/submit.ts')).submitCommand,
  ),
  entry(
    'choices',
    'List what an option can be in the account',
    async () => (await import('./commands/choices.ts')).choicesCommand,
  ),
  entry(
    'configure',
    'Write, edit or check the configuration file',
    async () => (await import('./commands/configure.ts')).configureCommand,
  ),
];

/** The command that goes by a name, its own or the Python tool's. */
export function findCommand(name: string): CommandEntry | undefined {
  return registry.find((one) => one.name === name || one.aliases.includes(name));
}
