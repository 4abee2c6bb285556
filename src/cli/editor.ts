import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { CliIo, Program } from './io.ts';

// The editor that is easiest to leave comes first.
const fallbacks = ['sensible-editor', 'editor', 'nano', 'vim', 'vi'];

/**
 * How to edit a file: $VISUAL, $EDITOR, else what the machine has.
 *
 * @returns `undefined` if there is no editor
 */
export function editorFor(
  io: Pick<CliIo, 'env' | 'platform' | 'cwd'>,
): ((file: string) => Program) | undefined {
  const { env, platform, cwd } = io;
  const wished = env['VISUAL'] || env['EDITOR'];
  if (wished === undefined || wished === '') {
    const name = platform === 'win32' ? 'notepad' : fallbacks.find((one) => isProgram(one, io));
    return name === undefined ? undefined : (file) => ({ file: name, args: [file], env, cwd });
  }
  // It may hold arguments (`code --wait`), quoted as for a shell: so a shell reads it.
  return (file) =>
    platform === 'win32'
      ? { file: 'cmd', args: ['/d', '/s', '/c', `${wished} "${file}"`], env, cwd }
      : { file: '/bin/sh', args: ['-c', `${wished} "$@"`, 'flintrock', file], env, cwd };
}

function isProgram(name: string, { env }: Pick<CliIo, 'env'>): boolean {
  return (env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
