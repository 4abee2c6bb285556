import { formatCount } from '../../text/counts.ts';
import { formatMeasuredDuration } from '../../text/durations.ts';
import { formatBytes } from '../../text/sizes.ts';
import type { Command } from '../command.ts';
import { assumeYes } from '../parsing/common-flags.ts';
import { clusterName } from '../parsing/positionals.ts';
import { usageError } from '../parsing/usage-error.ts';
import type { CopyFileJson } from '../rendering/json.ts';

/** `flintrock copy-file` */
export const copyFileCommand: Command = {
  name: 'copy-file',
  description: [
    'Copies a file or folder to all nodes or, if the first path begins with a colon, from them. Copies from several nodes go to one folder for each, LOCAL/<node>/. Paths on the nodes are relative to the home directory.',
  ],
  positionals: [
    clusterName,
    { name: 'FROM', help: 'Path on this machine, or :PATH on the nodes' },
    { name: 'TO', help: 'Path on the nodes, or the path on this machine when copying from them' },
  ],
  verb: 'copyFile',
  flags: [
    { name: 'master-only', help: 'Copy to or from the master only' },
    { ...assumeYes, hidden: true },
  ],
  examples: [
    { command: 'flintrock copy-file demo data.csv data/', does: 'Copy to all nodes' },
    {
      command: 'flintrock copy-file demo :out.csv . --master-only',
      does: 'Copy from the master to this folder',
    },
  ],
  async run({ args: [name = '', from = '', to = ''], flags, values, session }) {
    const { signal } = session;
    const down = from.startsWith(':');
    if (down && from === ':') throw usageError('the path after the colon is missing', 'copy-file');
    // A user who writes the colon at the target means what `copy-file` does anyway.
    const remote = down ? from.slice(1) : to.replace(/^:/, '');
    const request = { direction: down ? 'down' : 'up', local: down ? to : from, remote } as const;
    const masterOnly = flags.has('master-only');
    const engine = await session.engine();
    const { nodes, seconds } = await session.watch(name, 'copyFile', () =>
      engine.copyFile(name, request, { values, signal, masterOnly }),
    );
    const json: CopyFileJson = { nodes, seconds };
    session.result(json, () => {
      const size = formatBytes(nodes.reduce((sum, node) => sum + node.bytes, 0));
      const what = `${size} ${down ? 'from' : 'to'} ${formatCount(nodes.length, 'node')}`;
      return [[[`Copied ${what} in ${formatMeasuredDuration(seconds)}.`]]];
    });
    return 0;
  },
};
