import { basename } from 'node:path';
import type { JobFile, JobRequest } from '../../model/job.ts';

/** What a file is called where the job runs. In a path Spark takes `#` for the begin of a fragment, and `,` for its end. */
export function nameOfJobFile(file: Exclude<JobFile, { readonly url: string }>): string {
  const name = 'bytes' in file ? file.name : (file.alias ?? basename(file.path));
  return name.replaceAll(/[#,]/g, '_');
}

/** The flags by which `spark-submit` takes what comes with a job. */
const attachmentFlags = [
  ['--py-files', 'pyFiles'],
  ['--jars', 'jars'],
  ['--files', 'files'],
  ['--archives', 'archives'],
] as const;

/** Brings a file, which is the job's program or comes with it, to where the job runs, and gives its path or URL there. */
export type PlaceFile = (file: JobFile, isProgram: boolean) => Promise<string>;

/**
 * What follows `spark-submit` on the command line of a job.
 */
export async function submitOptions(
  { program, className, conf, attachments, args }: JobRequest,
  place: PlaceFile,
): Promise<string[]> {
  const options: string[] = [];
  if (className !== undefined) options.push('--class', className);
  for (const [flag, name] of attachmentFlags) {
    const places: string[] = [];
    for (const file of attachments[name])
      places.push(name === 'archives' ? await placeArchive(file, place) : await place(file, false));
    if (places.length > 0) options.push(flag, places.join(','));
  }
  for (const [key, value] of Object.entries(conf)) options.push('--conf', `${key}=${value}`);
  return [...options, await place(program, true), ...args];
}

/** Spark's standalone mode gives archives other names, by a fragment, and no files: those have to be called so. */
async function placeArchive(file: JobFile, place: PlaceFile): Promise<string> {
  if (!('path' in file) || file.alias === undefined) return place(file, false);
  return `${await place({ path: file.path }, false)}#${file.alias}`;
}
