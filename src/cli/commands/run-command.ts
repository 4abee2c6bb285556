import { formatCount } from '../../text/counts.ts';
import type { Command } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import type { Output } from '../io.ts';
import { clusterName } from '../parsing/positionals.ts';
import { shellLine } from '../parsing/quote.ts';
import type { RunCommandJson } from '../rendering/json.ts';
import { type Line, wantsColor } from '../rendering/palette.ts';
import { padEnd } from '../rendering/text-layout.ts';
import { writeProgramBytes, writeProgramLine } from '../rendering/write.ts';

/** `flintrock run-command` */
export const runCommandCommand: Command = {
  name: 'run-command',
  description: [
    'Runs a command on all nodes in parallel, and prints its output, each line prefixed with the name of the node; with --master-only, a pipe or a file gets the output as it is, byte for byte. The exit code is 1 if the command failed on any node.',
    'Several arguments are joined with spaces and run by the shell, as ssh does; with --quote, each is passed as it is. Options can also follow the command: what is not an option of this program belongs to the command, and so does everything after "--".',
  ],
  positionals: [clusterName, { name: 'COMMAND', help: 'Command to run', rest: true }],
  verb: 'runCommand',
  flags: [
    { name: 'master-only', help: 'Run it on the master only' },
    {
      name: 'quote',
      help: 'Quote each argument of the command, so that the shell changes nothing in it',
    },
  ],
  runsProgram: true,
  takesTrailingFlags: true,
  examples: [
    { command: "flintrock run-command demo 'df -h / | tail -1'", does: 'Run a shell command line' },
    {
      command: 'flintrock run-command demo --master-only --quote -- ls -l "my files"',
      does: 'Run a program with arguments on the master',
    },
  ],
  async run({ args: [name = '', ...command], flags, values, session }) {
    const { signal, io, json } = session;
    const masterOnly = flags.has('master-only');
    // With --json standard output is the result's alone.
    const outputOf = (stream: 'stdout' | 'stderr'): Output =>
      stream === 'stdout' && !json ? io.stdout : io.stderr;
    // The call says that it is one program's output: a pipe or a file gets it as it is.
    const isWhole = (output: Output): boolean => masterOnly && !json && !output.isTTY;
    session.onOutput(({ stream, bytes }) => {
      const output = outputOf(stream);
      if (isWhole(output)) writeProgramBytes(output, bytes);
      return output;
    });
    const outputs = new Map<string, { stdout: string; stderr: string }>();
    let width = 0;
    session.onEvent((event) => {
      if (event.code === 'verb.started')
        width = Math.max(...event.nodes.map((node) => node.length));
      if (event.code !== 'command.output') return;
      const { node, stream, line } = event;
      const output = outputOf(stream);
      if (isWhole(output)) return;
      const head: Line = [[`${padEnd(node, width)} | `, 'dim']];
      writeProgramLine(output, head, line, wantsColor(output.isTTY, io.env));
      if (!json) return;
      const texts = outputs.get(node) ?? { stdout: '', stderr: '' };
      texts[stream] += `${line}\n`;
      outputs.set(node, texts);
    });
    const engine = await session.engine();
    const { ok, nodes, seconds } = await session.watch(name, 'runCommand', () =>
      engine.runCommand(name, shellLine(command, flags.has('quote')), {
        values,
        signal,
        masterOnly,
      }),
    );
    if (json) {
      const result: RunCommandJson = {
        ok,
        nodes: nodes.map(({ node, exitCode }) => ({
          node,
          exitCode,
          ...(outputs.get(node) ?? { stdout: '', stderr: '' }),
        })),
        seconds,
      };
      session.result(result, () => []);
    }
    if (!ok) {
      const failed = nodes.filter(({ exitCode }) => exitCode !== 0);
      session.say([
        ['failed', 'red'],
        [` on ${failed.length} of ${formatCount(nodes.length, 'node')}: ${codesText(failed)}`],
      ]);
    }
    return ok ? exitCodes.done : exitCodes.failed;
  },
};

/** `worker-1 (3), worker-2 (3)`: which node ended with what; of many, the first ones. */
function codesText(nodes: readonly { readonly node: string; readonly exitCode: number }[]): string {
  const shown = nodes.slice(0, 8).map(({ node, exitCode }) => `${node} (exit code ${exitCode})`);
  const left = nodes.length - shown.length;
  return `${shown.join(', ')}${left === 0 ? '' : ` and ${left} more`}`;
}
