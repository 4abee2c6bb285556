import { cwd, env } from 'node:process';

/** The current folder; where it was deleted, its old path: nothing is found there, and what needs no file goes on. */
export function currentFolder(): string {
  try {
    return cwd();
  } catch {
    return env['PWD'] ?? '/';
  }
}
