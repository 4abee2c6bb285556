import type * as vscode from 'vscode';
import type { JobToSubmit } from '../../engine/jobs/job-to-submit.ts';
import { ClusterError } from '../../model/errors.ts';

/** The type of our tasks, and the name of the problem matcher that goes with them; the manifest declares both. */
export const taskType = 'flintrock';
export const problemMatcher = '$flintrock';

/** A job as a task: what `tasks.json` may say of one. Paths may be relative to the workspace folder. */
export interface JobDefinition extends vscode.TaskDefinition {
  readonly type: typeof taskType;
  /** A `.py`, `.jar`, `.sql`, `.ipynb` or `.R` file. */
  readonly file: string;
  readonly args?: readonly string[] | undefined;
  /** The cluster's name; the one that is selected for jobs, if it isn't said. */
  readonly cluster?: string | undefined;
  /** Spark properties. */
  readonly conf?: Readonly<Record<string, string>> | undefined;
  /** Main class of a jar. */
  readonly class?: string | undefined;
  readonly pyFiles?: readonly string[] | undefined;
  readonly jars?: readonly string[] | undefined;
  readonly packages?: readonly string[] | undefined;
  readonly files?: readonly string[] | undefined;
  readonly archives?: readonly string[] | undefined;
  /** Whether the file runs on this machine, connected to the cluster that its folder is attached to. */
  readonly connected?: boolean | undefined;
}

/** Lists of texts in a definition. */
const lists = ['args', 'pyFiles', 'jars', 'packages', 'files', 'archives'] as const;

/**
 * Reads a definition: `tasks.json` may say anything.
 *
 * @throws ClusterError `ARGUMENT_INVALID`, with the property that is wrong
 */
export function readJobDefinition(definition: vscode.TaskDefinition): JobDefinition {
  const wrong = (property: string, what: string): ClusterError =>
    new ClusterError('ARGUMENT_INVALID', `The task’s "${property}" must be ${what}.`);
  const { file, connected } = definition;
  if (typeof file !== 'string' || file === '') throw wrong('file', 'the path of a file');
  for (const property of ['cluster', 'class'] as const)
    if (!isTextOrAbsent(definition[property])) throw wrong(property, 'a string');
  if (connected !== undefined && typeof connected !== 'boolean')
    throw wrong('connected', 'true or false');
  for (const property of lists) {
    const list: unknown = definition[property];
    if (list !== undefined && !(Array.isArray(list) && list.every(isText)))
      throw wrong(property, 'a list of strings');
  }
  return {
    ...(definition as JobDefinition),
    ...(definition['conf'] !== undefined && { conf: readConf(definition['conf'], wrong) }),
  };
}

function readConf(
  conf: unknown,
  wrong: (property: string, what: string) => ClusterError,
): Record<string, string> {
  if (typeof conf !== 'object' || conf === null || Array.isArray(conf))
    throw wrong('conf', 'an object of Spark properties');
  return Object.fromEntries(
    Object.entries(conf).map(([key, value]: [string, unknown]) => {
      if (!['string', 'number', 'boolean'].includes(typeof value))
        throw wrong(`conf.${key}`, 'a string, a number, or true or false');
      return [key, String(value)];
    }),
  );
}

/** The job that a task is about. */
export function jobOfDefinition(definition: JobDefinition): JobToSubmit {
  const { file, args, conf, pyFiles, jars, packages, files, archives } = definition;
  return {
    file,
    args,
    className: definition.class,
    conf,
    pyFiles,
    jars,
    packages,
    files,
    archives,
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || isText(value);
}
