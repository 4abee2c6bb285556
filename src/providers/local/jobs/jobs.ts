import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, readJsonFile, writeJsonFile } from '../../../base/json-file.ts';
import { stampedId } from '../../../base/stamped-id.ts';
import type { JobRequest, RunningJob, WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { advice } from '../../../model/remedy.ts';
import { type ProcessMark, readProcess } from '../daemons/processes.ts';
import { type LocalCluster, makeFolder } from '../records/records.ts';
import { driverCommand } from './driver-command.ts';
import { LocalJob } from './local-job.ts';

/**
 * Runs a driver and leaves its exit code in `exit`: `$0` is the job's id, `$1` its folder, `$2` where a class archive that the driver
 * wrote belongs (or nothing), the rest the driver's command line. A job that failed may have loaded next to nothing: its archive
 * is no use to others. It may have to be copied to another disk, so it gets its name only when it is there whole.
 */
const jobScript = `
folder=$1 archive=$2
shift 2
"$@"
code=$?
echo $code >"$folder/exit.part" && mv "$folder/exit.part" "$folder/exit"
[ $code = 0 ] && [ -n "$archive" ] && [ -s "$folder/driver.jsa" ] &&
  (umask 077 && mkdir -p "\${archive%/*}") && mv "$folder/driver.jsa" "$archive.$$" && mv "$archive.$$" "$archive"
rm -f "$folder/driver.jsa"
`;

/**
 * Starts a job's driver as a process of its own: it goes on if the client that submitted it dies.
 *
 * Its output goes into files, which this process follows; its exit code into another.
 *
 * @throws ClusterError `PYTHON_NOT_FOUND`
 */
export async function startJob(
  cluster: LocalCluster,
  request: JobRequest,
  context: WorkContext,
): Promise<RunningJob> {
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
  const output = ['stdout', 'stderr'].map((name) => openSync(join(folder, name), 'a', 0o600));
  try {
    const child = spawn('/bin/sh', ['-c', jobScript, id, folder, archive ?? '', ...args], {
      cwd: context.cwd,
      env,
      detached: true,
      stdio: ['ignore', ...output],
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => resolve(child.pid as number));
    });
    child.unref();
    const startTime = (await readProcess(pid, context.platform))?.startTime ?? '';
    const process: ProcessMark = { pid, startTime };
    await writeJsonFile(join(folder, 'job.json'), { format: 1, id, process });
    const job = new LocalJob(id, folder, process, context);
    return {
      id,
      follow: (onOutput) => job.follow(onOutput),
      cancel: () => job.cancel(),
    };
  } finally {
    output.forEach(closeSync);
  }
}

/** Ends all jobs of a cluster. */
export async function endJobs(cluster: LocalCluster, context: WorkContext): Promise<void> {
  let names: string[];
  try {
    names = await readdir(jobsFolder(cluster));
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  await Promise.all(
    names.map(async (id) => {
      const folder = join(jobsFolder(cluster), id);
      const process = await readProcessMark(join(folder, 'job.json'));
      await new LocalJob(id, folder, process, context).cancel();
    }),
  );
}

/** A job's shell as its record has it; a record that can't be read must keep nobody from ending the job. */
async function readProcessMark(path: string): Promise<ProcessMark | null> {
  try {
    const record = (await readJsonFile(path)) as { process?: ProcessMark } | undefined;
    return record?.process ?? null;
  } catch {
    return null;
  }
}

function jobsFolder(cluster: Pick<LocalCluster, 'folder'>): string {
  return join(cluster.folder, 'jobs');
}
