import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { isMissing } from '../../../base/json-file.ts';
import { findProgram } from '../../../base/machine/find-program.ts';
import { variableLines, withBlock, withoutBlock } from './env-block.ts';

/** How long git may take, in milliseconds. */
const gitLimitMs = 10_000;

/** What was changed of a file of the user's, so that it can be taken back. */
interface ChangedFile {
  readonly path: string;
  /** Its permissions before; `null` if it wasn't there. */
  readonly mode: number | null;
}

/** What was done to keep a connection in the file that `python.envFile` names. */
export interface EnvFileChange {
  readonly file: ChangedFile;
  /** The list of what git ignores, if the file had to be added to it. */
  readonly ignored: ChangedFile | null;
}

/** The file that the setting `python.envFile` names. */
export function envFilePath(
  setting: string,
  folder: { readonly name: string; readonly path: string },
  {
    env,
    home,
  }: { readonly env: Readonly<Record<string, string | undefined>>; readonly home: string },
): string {
  const path = setting
    .replaceAll('${workspaceFolder}', folder.path)
    .replaceAll(`\${workspaceFolder:${folder.name}}`, folder.path)
    .replaceAll(/\$\{env:(\w+)\}/g, (_, name: string) => env[name] ?? '')
    .replace(/^~(?=[/\\])/, home);
  return isAbsolute(path) ? path : join(folder.path, path);
}

/**
 * Adds a connection to a file of environment variables, readable for its owner only, and the file to what git ignores.
 *
 * @returns `undefined` if the file is under version control: a secret would be committed with it
 */
export async function addToEnvFile(
  path: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
  places: Parameters<typeof findProgram>[1],
): Promise<EnvFileChange | undefined> {
  const program = await findProgram('git', places);
  const git = (...args: readonly string[]) => runGit(program, folder, args);
  const inGit = relative(folder, path);
  const isInside = !inGit.startsWith('..') && !isAbsolute(inGit);
  if (isInside && (await git('ls-files', '--error-unmatch', '--', path)) === 0) return undefined;
  let ignored: ChangedFile | null = null;
  if (isInside && isInRepository(folder) && (await git('check-ignore', '-q', '--', path)) !== 0) {
    const line = `/${inGit.split(sep).join('/')}`;
    ignored = await change(join(folder, '.gitignore'), (text) => withBlock(text, [line]));
  }
  const lines = variableLines(environment);
  const file = await change(path, (text) => withBlock(text, lines), 0o600);
  return { file, ignored };
}

/** Takes back what {@link addToEnvFile} did: a file that it made goes, unless something else was written into it. */
export async function removeFromEnvFile({ file, ignored }: EnvFileChange): Promise<void> {
  for (const { path, mode } of [file, ...(ignored === null ? [] : [ignored])]) {
    const text = await readText(path);
    if (text === undefined) continue;
    const rest = withoutBlock(text);
    if (rest === '' && mode === null) await rm(path);
    else if (rest !== text) await change(path, () => rest, mode ?? undefined);
  }
}

async function change(
  path: string,
  edit: (text: string) => string,
  mode?: number,
): Promise<ChangedFile> {
  const text = await readText(path);
  if (text === undefined) {
    await writeFile(path, edit(''), { mode: mode ?? 0o666, flag: 'wx' });
    return { path, mode: null };
  }
  // What is a link stays one. A reader sees the old or the new file, never a half.
  const target = await realpath(path);
  const before = (await stat(target)).mode & 0o777;
  const draft = join(dirname(target), `.flintrock-${randomBytes(4).toString('hex')}`);
  try {
    await writeFile(draft, edit(text), { mode: 0o600, flag: 'wx' });
    await chmod(draft, mode ?? before);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return { path, mode: before };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isInRepository(folder: string): boolean {
  if (existsSync(join(folder, '.git'))) return true;
  const parent = dirname(folder);
  return parent !== folder && isInRepository(parent);
}

/** The exit code of git, or `undefined` where there is none. */
async function runGit(
  program: string | undefined,
  cwd: string,
  args: readonly string[],
): Promise<number | undefined> {
  if (program === undefined) return undefined;
  return new Promise((resolve) => {
    execFile(program, [...args], { cwd, timeout: gitLimitMs }, (error) => {
      if (error === null) resolve(0);
      else resolve(typeof error.code === 'number' ? error.code : undefined);
    });
  });
}
