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

/**
 * What follows `spark-submit` on the command line of a job.
 *
 * @param place brings a file to where the job runs, and gives its path or URL there
 */
export async function submitOptions(
  { program, className, conf, attachments, args }: JobRequest,
  place: (file: JobFile) => Promise<string> | string,
): Promise<string[]> {
  const options: string[] = [];
  if (className !== undefined) options.push('--class', className);
  for (const [flag, name] of attachmentFlags) {
    const places: string[] = [];
    for (const file of attachments[name]) places.push(aliased(file, await place(file)));
    if (places.length > 0) options.push(flag, places.join(','));
  }
  for (const [key, value] of Object.entries(conf)) options.push('--conf', `${key}=${value}`);
  return [...options, await place(program), ...args];
}

function aliased(file: JobFile, place: string): string {
  return 'path' in file && file.alias !== undefined ? `${place}#${file.alias}` : place;
}
