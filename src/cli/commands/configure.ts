import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { findConfigFile, userConfigFile } from '../../config/find.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import type { Call, Command } from '../command.ts';
import { editorFor } from '../editor.ts';
import { exitCodes } from '../exit-code.ts';
import type { ConfigureJson } from '../rendering/json.ts';

/** `flintrock configure` */
export const configureCommand: Command = {
  name: 'configure',
  description: [
    'Opens the configuration file in your editor ($VISUAL, $EDITOR). If it doesn’t exist, a template with comments is created first; an existing file is never overwritten. Without a terminal, the file is only created.',
    'The file is the one given with --config, otherwise ./flintrock.yaml, then ./config.yaml if it is a Flintrock configuration, then your user configuration.',
  ],
  positionals: [],
  verb: null,
  flags: [
    { name: 'locate', help: 'Print the path of the file and exit' },
    { name: 'check', help: 'Check the file, and print the values that a launch would use' },
  ],
  examples: [
    { command: 'flintrock configure', does: 'Create or edit the configuration' },
    { command: 'flintrock configure --check', does: 'Show its values and problems' },
    {
      command: 'flintrock configure --config ./flintrock.yaml',
      does: 'Create a configuration for this folder',
    },
  ],
  async run(call) {
    if (call.flags.has('check')) {
      const { checkConfiguration } = await import('../check-configuration.ts');
      return checkConfiguration(call);
    }
    return call.flags.has('locate') ? locate(call) : edit(call);
  },
};

function locate(call: Call): number {
  const file = fileOf(call);
  const json: ConfigureJson = { file, exists: existsSync(file), written: false };
  call.session.result(json, () => [[[file]]]);
  return exitCodes.done;
}

async function edit(call: Call): Promise<number> {
  const { session } = call;
  const { io } = session;
  const file = fileOf(call);
  const written = !existsSync(file);
  if (written) await write(file);
  if (!session.quiet)
    session.say([
      [written ? 'Created with a description of every option:' : 'File already exists:', 'dim'],
    ]);
  const json: ConfigureJson = { file, exists: true, written };
  session.result(json, () => [[[file]]]);
  const editor = editorFor(io);
  if (session.json || editor === undefined || !session.canAsk || !io.stdout.isTTY)
    return exitCodes.done;
  const code = await io.run(editor(file));
  if (code === 0) return exitCodes.done;
  throw new ClusterError(
    'ARGUMENT_INVALID',
    code === null ? 'The editor was not found.' : `The editor ended with exit code ${code}.`,
    {
      remedies: advice('Set $VISUAL or $EDITOR to another editor.'),
    },
  );
}

/** The file in use; else the one that was named, or the user's own, to be written. */
function fileOf({ flags, session: { io } }: Call): string {
  const explicit = flags.text('config');
  if (explicit !== undefined && explicit !== '') return resolve(io.cwd, explicit);
  return findConfigFile(io) ?? userConfigFile(io);
}

async function write(file: string): Promise<void> {
  const { buildTemplate } = await import('../../config/generated/template.ts');
  try {
    await mkdir(dirname(file), { recursive: true });
    // Never over a file that came to be meanwhile.
    await writeFile(file, buildTemplate(), { flag: 'wx' });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    throw new ClusterError(
      'ARGUMENT_INVALID',
      `The configuration file ${file} can’t be written: ${code ?? String(cause)}.`,
      { cause, remedies: advice('Choose another path: --config PATH') },
    );
  }
}
