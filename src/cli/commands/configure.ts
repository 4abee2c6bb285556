import { advice } from '../../model/remedy.ts';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { findConfigFile, userConfigFile } from '../../config/find.ts';
import { ClusterError } from '../../model/errors.ts';
import type { Call, Command } from '../command.ts';
import { editorFor } from '../editor.ts';
import { exitCodes } from '../exit-code.ts';
import type { ConfigureJson } from '../rendering/json.ts';

/** `flintrock configure` */
export const configureCommand: Command = {
  name: 'configure',
  description: [
    'Opens the configuration file in your editor ($VISUAL, $EDITOR). If there is none yet, a commented one is written first; what is there is never overwritten. Where there is no terminal to edit in, it only writes.',
    'The file is --config, else ./flintrock.yaml, ./config.yaml if it is one of ours, or your own for all folders.',
  ],
  positionals: [],
  verb: null,
  flags: [
    { name: 'locate', help: 'Only print where the file is, or would be' },
    { name: 'check', help: 'Only check it, and print what a launch would use' },
  ],
  examples: [
    { command: 'flintrock configure', does: 'Write or edit the configuration' },
    { command: 'flintrock configure --check', does: 'What is in it, what is wrong with it' },
    {
      command: 'flintrock configure --config ./flintrock.yaml',
      does: 'A configuration for this folder',
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
      [written ? 'Written, with every option explained:' : 'There is one already:', 'dim'],
    ]);
  const json: ConfigureJson = { file, exists: true, written };
  session.result(json, () => [[[file]]]);
  const editor = editorFor(io);
  if (session.json || editor === undefined || !session.canAsk || !io.stdout.isTTY)
    return exitCodes.done;
  const code = await io.run(editor(file));
  if (code === 0) return exitCodes.done;
  throw new ClusterError('ARGUMENT_INVALID', `The editor ended with exit code ${code}.`, {
    remedies: advice('Name another one by $VISUAL or $EDITOR.'),
  });
}

/** The file in use; else the one that was named, or the person's own, to be written. */
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
      { cause, remedies: advice('Name another place: --config PATH') },
    );
  }
}
