import { readFile, stat } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { basename, dirname, extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { strToU8, zipSync } from 'fflate';
import { ClusterError } from '../../model/errors.ts';
import type { JobAttachments, JobFile, JobRequest } from '../../model/job.ts';
import { advice } from '../../model/remedy.ts';
import { parseProperties } from '../../node/services/properties-file.ts';
import runSqlProgram from '../../python/run_sql.py';
import type { WorkContext } from '../provider.ts';
import { packagesIn, requireFittingPackages, requireSize } from './job-conf.ts';
import type { JobToSubmit } from './job-to-submit.ts';
import { scriptOfNotebook } from './notebook.ts';
import {
  findOwnModules,
  maxModulesBytes,
  modulesOfFolder,
  type OwnModules,
} from './own-modules.ts';

/** Longest line that a job is shown by, in characters. */
const maxCommandLength = 200;

/** What runs which files. */
const languages: Readonly<Record<string, JobRequest['language']>> = {
  '.py': 'python',
  '.ipynb': 'python',
  '.sql': 'python',
  '.jar': 'java',
  '.r': 'r',
};

/** A job that is ready to be submitted, and what came along by itself. */
export interface PreparedJob {
  readonly request: JobRequest;
  /** Modules beside the script, as paths below its folder. */
  readonly modules: readonly string[];
}

/**
 * Reads all that a job needs from this machine, and refuses what can't work before anything is sent.
 *
 * @param sparkVersion the cluster’s; `null` if it isn’t known
 * @throws ClusterError `FILE_NOT_FOUND`, `ARGUMENT_INVALID`, `PACKAGE_MISMATCH`
 */
export async function prepareJob(
  job: JobToSubmit,
  sparkVersion: string | null,
  context: WorkContext,
): Promise<PreparedJob> {
  const { file, args = [], className } = job;
  const program = await localFile(file, context);
  const extension = extname(urlPath(file)).toLowerCase();
  const language = languages[extension];
  if (language === undefined)
    throw new ClusterError(
      'ARGUMENT_INVALID',
      `${file} is not a job: its name ends in none of ${Object.keys(languages).join(', ')}.`,
    );
  const conf = await confOf(job, context);
  requireSize(conf);
  requireFittingPackages(packagesIn(conf), sparkVersion, context);
  const made = await programOf(program, extension, args, context);
  const own = await modulesOf(program, made.source);
  if (made.source !== undefined) warnOfMaster(file, made.source, context);
  const attachments = await attachmentsOf(job, context);
  const pyFiles = [...attachments.pyFiles];
  if (own.files.length > 0) pyFiles.push(await zipped('modules.zip', own));
  return {
    request: {
      program: made.file,
      language,
      args: made.args,
      ...(className !== undefined && { className }),
      ...(job.yarn !== undefined && { yarn: job.yarn }),
      conf,
      attachments: { ...attachments, pyFiles },
      command: [basename(urlPath(file)), ...args].join(' ').slice(0, maxCommandLength),
      submittedBy: `${userName()}@${hostname()}`,
    },
    modules: own.files.map(({ name }) => name),
  };
}

/** A file that is named on this machine, or as a URL. */
type NamedFile = Exclude<JobFile, { readonly bytes: unknown }>;

/** What Spark is given to run. */
interface Program {
  readonly file: JobFile;
  readonly args: readonly string[];
  /** Text in which a script names its modules and settings; absent where it isn't read. */
  readonly source?: string | undefined;
}

async function programOf(
  file: NamedFile,
  extension: string,
  args: readonly string[],
  context: WorkContext,
): Promise<Program> {
  if ('url' in file) {
    if (extension === '.sql' || extension === '.ipynb')
      throw new ClusterError(
        'ARGUMENT_INVALID',
        `${extension} files are submitted from this machine only: ${file.url} is a URL.`,
        { remedies: advice('Download the file, and submit it.') },
      );
    return { file, args };
  }
  if (extension === '.sql') {
    const bytes = strToU8(sqlScript(await readFile(file.path, 'utf8')));
    return { file: { name: `${basename(file.path)}.py`, bytes }, args };
  }
  if (extension === '.ipynb') {
    const { text, skipped } = scriptOfNotebook(await readFile(file.path, 'utf8'), file.path);
    if (skipped > 0)
      context.emit('warning', {
        kind: 'ARGUMENT_INVALID',
        message: `${basename(file.path)}: ${skipped === 1 ? 'a line that is a command of the notebook is' : `${skipped} lines that are commands of the notebook are`} left out: magics (%) and shell commands (!) don’t run in a job.`,
        remedies: [],
      });
    return {
      file: { name: `${basename(file.path)}.py`, bytes: strToU8(text) },
      args,
      source: text,
    };
  }
  const source = extension === '.jar' ? undefined : await readFile(file.path, 'utf8');
  return { file, args, source: extension === '.py' || extension === '.r' ? source : undefined };
}

/** A program that runs SQL: the statements are in it, so that nothing else has to be found where it runs. */
function sqlScript(sql: string): string {
  const text = Buffer.from(sql, 'utf8').toString('base64');
  return `${runSqlProgram}

import base64

run_sql(base64.b64decode("${text}").decode("utf-8-sig"), lambda _error: sys.exit(1))
`;
}

async function modulesOf(program: NamedFile, source: string | undefined): Promise<OwnModules> {
  if ('url' in program || source === undefined || /\.r$/i.test(program.path))
    return { files: [], bytes: 0 };
  const own = await findOwnModules(source, dirname(program.path));
  requireSmall(own, `The modules that ${basename(program.path)} imports from its folder`);
  return own;
}

function requireSmall({ bytes }: OwnModules, what: string): void {
  if (bytes <= maxModulesBytes) return;
  throw new ClusterError(
    'ARGUMENT_INVALID',
    `${what} are larger than ${maxModulesBytes / (1024 * 1024)} MiB.`,
    {
      remedies: advice(
        'Keep data out of packages, or pass the modules as an archive of their own.',
      ),
    },
  );
}

async function zipped(name: string, { files }: OwnModules): Promise<JobFile> {
  const entries = await Promise.all(
    files.map(async (file) => [file.name, new Uint8Array(await readFile(file.path))] as const),
  );
  return { name, bytes: zipSync(Object.fromEntries(entries), { level: 1 }) };
}

/** Jobs with a master of their own run in their driver alone. */
function warnOfMaster(file: string, source: string, context: WorkContext): void {
  const found =
    /^[^#\n]*(?:\.master\s*\(\s*|\.setMaster\s*\(\s*|sparkR\.session\s*\(\s*(?:master\s*=\s*)?)["'](local[^"']*)["']/m.exec(
      source,
    );
  if (found === null) return;
  context.emit('warning', {
    kind: 'ARGUMENT_INVALID',
    message: `${basename(file)} sets the master "${found[1] ?? ''}": the job runs in its driver alone and does not use the workers.`,
    remedies: advice('Remove the call that sets the master; the cluster sets it.'),
  });
}

async function confOf(job: JobToSubmit, context: WorkContext): Promise<Record<string, string>> {
  const { propertiesFile, packages = [] } = job;
  const conf: Record<string, string> = {
    ...(propertiesFile !== undefined && (await readProperties(propertiesFile, context))),
    ...job.conf,
  };
  if (packages.length > 0)
    conf['spark.jars.packages'] = [conf['spark.jars.packages'], ...packages]
      .filter(Boolean)
      .join(',');
  return conf;
}

async function readProperties(file: string, context: WorkContext): Promise<Record<string, string>> {
  const found = await localFile(file, context);
  return 'url' in found ? {} : parseProperties(await readFile(found.path, 'utf8'));
}

async function attachmentsOf(job: JobToSubmit, context: WorkContext): Promise<JobAttachments> {
  const all = (texts: readonly string[] = [], takesAlias = false): Promise<JobFile[]> =>
    Promise.all(
      texts.map((text) => {
        const [, path = text, alias] = (takesAlias && /^(.+)#([^#/]+)$/.exec(text)) || [];
        return localFile(path, context, alias);
      }),
    );
  return {
    pyFiles: await Promise.all((job.pyFiles ?? []).map((text) => pyFile(text, context))),
    jars: await all(job.jars),
    files: await all(job.files, true),
    archives: await all(job.archives, true),
  };
}

/** A file of `--py-files`. Spark's executors look into archives that end in `.zip` or `.egg` only, and into no folders. */
async function pyFile(text: string, context: WorkContext): Promise<JobFile> {
  if (isUrl(text)) return { url: text };
  const path = resolve(context.cwd, text);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) {
    const modules = await modulesOfFolder(path);
    requireSmall(modules, `The files of ${text}`);
    return zipped(`${basename(path)}.zip`, modules);
  }
  const file = await localFile(text, context);
  if ('url' in file || !/\.whl$/i.test(path)) return file;
  return { name: `${basename(path)}.zip`, bytes: new Uint8Array(await readFile(path)) };
}

/**
 * A file that is named as a path of this machine, or as a URL.
 *
 * @throws ClusterError `FILE_NOT_FOUND`
 */
async function localFile(text: string, context: WorkContext, alias?: string): Promise<NamedFile> {
  if (isUrl(text)) return { url: alias === undefined ? text : `${text}#${alias}` };
  const path = text.startsWith('file:') ? fileURLToPath(text) : resolve(context.cwd, text);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true)
    throw new ClusterError('FILE_NOT_FOUND', `File not found: ${path}.`);
  return { path, ...(alias !== undefined && { alias }) };
}

/** Whether a file is somewhere that Spark fetches it from. */
function isUrl(text: string): boolean {
  return /^(?!file:)[a-z][a-z0-9+.-]+:\/\//i.test(text);
}

/** A path, or that of a URL. */
function urlPath(text: string): string {
  return isUrl(text) ? text.replace(/[?#].*$/, '') : text;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // An id without an entry, as in containers.
    return 'unknown';
  }
}
