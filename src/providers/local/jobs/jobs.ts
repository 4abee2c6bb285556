import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, readJsonFile, writeJsonFile } from '../../../base/json-file.ts';
import { stampedId } from '../../../base/stamped-id.ts';
import type { JobHandle, WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { isJobId, type Job, jobNotFound, type JobRequest } from '../../../model/job.ts';
import { advice } from '../../../model/remedy.ts';
import { jobScript } from '../../../node/jobs/job-script.ts';
import { type ProcessMark, readProcess } from '../daemons/processes.ts';
import { type LocalCluster, makeFolder } from '../records/records.ts';
import { driverCommand } from './driver-command.ts';
import { LocalJob } from './local-job.ts';

/**
 * Runs a driver: `$0` is the job's id, `$1` its folder, `$2` where a class archive that the driver wrote belongs (or nothing), the rest
 * the driver's command line. A job that failed may have loaded next to nothing: its archive is no use to others. It may have to be
 * copied to another disk, so it gets its name only when it is there whole.
 */
const script = jobScript('$1', {
  before: 'archive=$2\nshift 2',
  command: '"$@"',
  after: `rm -rf "$folder/scratch"
[ $code = 0 ] && [ -n "$archive" ] && [ -s "$folder/driver.jsa" ] &&
  (umask 077 && mkdir -p "\${archive%/*}") && mv "$folder/driver.jsa" "$archive.$$" && mv "$archive.$$" "$archive"
rm -f "$folder/driver.jsa"
`,
});

/** What is kept of a job, in `job.json` of its folder. */
interface JobRecord {
  readonly format: 1;
  readonly id: string;
  /** Its shell. */
  readonly process: ProcessMark;
  readonly command: string;
  readonly submittedBy: string;
}

/**
 * Starts a job's driver as a process of its own: it goes on if the client that submitted it dies. Its output and exit code are in files,
 * which clients follow.
 *
 * @throws ClusterError `PYTHON_NOT_FOUND`
 */
export async function startJob(
  cluster: LocalCluster,
  request: JobRequest,
  context: WorkContext,
): Promise<JobHandle> {
  if (!existsSync(context.cwd))
    throw new ClusterError(
      'FILE_NOT_FOUND',
      `The current folder ${context.cwd}, in which the job is to run, no longer exists.`,
      { remedies: advice('Change to an existing folder.') },
    );
  const id = `job-${stampedId(context.clock.now(), 2)}`;
  const folder = join(jobsFolder(cluster), id);
  await makeFolder(jobsFolder(cluster));
  await makeFolder(folder);
  const { args, env, archive } = await driverCommand(cluster, request, folder, context);
  for (const name of ['stdout', 'stderr'])
    await writeFile(join(folder, name), '', { flag: 'a', mode: 0o600 });
  const child = spawn('/bin/sh', ['-c', script, id, folder, archive ?? '', ...args], {
    cwd: context.cwd,
    env,
    detached: true,
    stdio: 'ignore',
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid as number));
  });
  child.unref();
  const startTime = (await readProcess(pid, context.platform))?.startTime ?? '';
  const process: ProcessMark = { pid, startTime };
  const { command, submittedBy } = request;
  await writeJsonFile(join(folder, 'job.json'), {
    format: 1,
    id,
    process,
    command,
    submittedBy,
  } satisfies JobRecord);
  return new LocalJob(id, folder, process, context);
}

/** The jobs of a cluster, the oldest first. */
export async function listJobs(cluster: LocalCluster, context: WorkContext): Promise<Job[]> {
  return Promise.all(
    (await jobIds(cluster)).map(async (id) => {
      const folder = join(jobsFolder(cluster), id);
      const record = await readRecord(folder);
      const job = new LocalJob(id, folder, record?.process ?? null, context);
      return {
        id,
        command: record?.command ?? '',
        submittedBy: record?.submittedBy ?? null,
        ...(await job.look()),
      };
    }),
  );
}

/**
 * Opens a way to a job.
 *
 * @throws ClusterError `JOB_NOT_FOUND`
 */
export async function openJob(
  cluster: LocalCluster,
  id: string,
  context: WorkContext,
): Promise<JobHandle> {
  if (!(await jobIds(cluster)).includes(id)) throw jobNotFound(id);
  const folder = join(jobsFolder(cluster), id);
  return new LocalJob(id, folder, (await readRecord(folder))?.process ?? null, context);
}

/** Ends all jobs of a cluster. */
export async function endJobs(cluster: LocalCluster, context: WorkContext): Promise<void> {
  await Promise.all(
    (await jobIds(cluster)).map(async (id) => {
      await (await openJob(cluster, id, context)).cancel();
    }),
  );
}

async function jobIds(cluster: LocalCluster): Promise<string[]> {
  try {
    return (await readdir(jobsFolder(cluster))).filter(isJobId).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** A job's record; one that can't be read must keep nobody from ending the job. */
async function readRecord(folder: string): Promise<JobRecord | undefined> {
  try {
    return (await readJsonFile(join(folder, 'job.json'))) as JobRecord | undefined;
  } catch {
    return undefined;
  }
}

function jobsFolder(cluster: Pick<LocalCluster, 'folder'>): string {
  return join(cluster.folder, 'jobs');
}
