import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stampedId } from '../../../base/stamped-id.ts';
import { timeLimit } from '../../../base/time-limit.ts';
import type { JobHandle, JobListener, WorkContext } from '../../../engine/provider.ts';
import { abortError, ClusterError, isClusterError } from '../../../model/errors.ts';
import { type Job, type JobFile, jobNotFound, type JobRequest } from '../../../model/job.ts';
import { advice } from '../../../model/remedy.ts';
import { JobFrames } from '../../../node/jobs/job-frames.ts';
import { parseJobList } from '../../../node/jobs/job-list.ts';
import { commandLine, jobScript } from '../../../node/jobs/job-script.ts';
import jobsProgram from '../../../node/jobs/jobs.py';
import { nameOfJobFile, submitOptions } from '../../../node/jobs/submit-options.ts';
import { jobUnit, nodeLayout, nodeUnits } from '../../../node/layout.ts';
import { withSharing } from '../../../node/services/sharing.ts';
import { endYarnJob, yarnJob } from '../../../node/services/yarn/yarn-job.ts';
import type { SshConnection } from '../../../ssh/connection.ts';
import { upload } from '../../../ssh/transfer.ts';
import { transferOptions } from '../access/transfer-options.ts';
import { configuredProperties } from './configured-properties.ts';

/** Folder of all jobs, in the home folder of the user who logs in. */
const jobsFolder = '.flintrock/jobs';
/** Where an image sets no locale, arguments, file names and output are UTF-8 all the same: a JVM takes them for ASCII then. */
const utf8 =
  'case "${LC_ALL:-${LC_CTYPE:-${LANG:-C}}}" in C|POSIX) LC_ALL=C.UTF-8; export LC_ALL;; esac';
/**
 * Makes what stands in for the driver's Python: Spark's driver gives it a standard input that never ends. Which Python it is, Spark's
 * own settings say by then.
 */
const makeWrapper = `cat >"$folder/python" <<'END'
#!/bin/sh
exec "\${PYSPARK_DRIVER_PYTHON:-\${PYSPARK_PYTHON:-python3}}" "$@" </dev/null
END
chmod 700 "$folder/python"`;
/** By these a job chooses its driver's Python itself. */
const pythonProperties = ['spark.pyspark.driver.python', 'spark.pyspark.python'];
/** How long a job may take to end by itself when it is canceled, in seconds. */
const cancelPatienceSeconds = 5;
/** How long canceling may take altogether, in milliseconds. */
const cancelLimitMs = 30_000;

/**
 * Starts a job on the master: its files are uploaded, its driver runs there as a unit of systemd and goes on if the client that
 * submitted it is gone. Its output and exit code are in files, which clients follow.
 */
export async function startEc2Job(
  ssh: SshConnection,
  request: JobRequest,
  context: WorkContext,
): Promise<string> {
  const { clock, signal } = context;
  const id = `job-${stampedId(clock.now(), 2)}`;
  const folder = `${jobsFolder}/${id}`;
  const what = 'The master could not prepare the job';
  const remedies = advice(
    'Check the home folder of the SSH user on the master: its permissions and its free disk space.',
  );
  await requireMaster(ssh, signal);
  const { command, submittedBy } = request;
  const home = await ssh.execOrThrow(
    // The environment of a login, which a unit doesn't have.
    `umask 077; mkdir -p ${folder} && cat >${folder}/job.json && sh -c 'export -p' >${folder}/env && pwd`,
    what,
    signal,
    { remedies, input: JSON.stringify({ format: 1, command, submittedBy }) },
  );
  const place = `${home.trim()}/${folder}`;
  const uploads = new Uploads(ssh, place, context);
  const configured = await configuredProperties(ssh, signal);
  const choosesPython = pythonProperties.some((key) => key in request.conf || configured.has(key));
  const conf = {
    ...withSharing(request.conf, configured, request.yarn !== undefined),
    // On a worker there is no such file.
    ...(request.language === 'python' &&
      request.yarn !== 'cluster' &&
      !choosesPython && { 'spark.pyspark.driver.python': `${place}/python` }),
  };
  const yarn = request.yarn && yarnJob(id, request.yarn, conf);
  const words = await submitOptions({ ...request, conf: yarn?.conf ?? conf }, uploads.place);
  const submit = commandLine([nodeLayout.sparkSubmit, ...(yarn?.words ?? []), ...words]);
  if (yarn !== undefined)
    await ssh.execOrThrow(`umask 077; cat >${folder}/end`, what, signal, {
      remedies,
      input: endYarnJob(id),
    });
  const script = jobScript(`"$HOME/${folder}"`, {
    before: `cd "$HOME"\n. "$folder/env"\n${utf8}\n${makeWrapper}${yarn === undefined ? '' : `\n${yarn.functions}`}`,
    command: yarn === undefined ? submit : `on_yarn ${submit}`,
    after: 'exit 0\n',
  });
  const unit = jobUnit(id);
  await ssh.execOrThrow(
    `umask 077; cat >${folder}/run && sudo -n systemd-run --quiet --unit=${unit} --uid="$(id -u)" --gid="$(id -g)" --setenv=HOME="$HOME" /bin/sh "$HOME/${folder}/run"`,
    what,
    signal,
    { remedies, input: script },
  );
  return id;
}

/** Takes a job's files to the master, each to a folder of its own: two may have one name. */
class Uploads {
  #count = 0;

  constructor(
    private readonly ssh: SshConnection,
    private readonly folder: string,
    private readonly context: WorkContext,
  ) {}

  /** Gives where the job finds the file. */
  readonly place = async (file: JobFile): Promise<string> => {
    if ('url' in file) return file.url;
    const path = `${this.folder}/${++this.#count}/${nameOfJobFile(file)}`;
    if ('path' in file) await this.#upload(file.path, path);
    else {
      const made = await mkdtemp(join(tmpdir(), 'flintrock-job-'));
      try {
        await writeFile(join(made, 'file'), file.bytes, { mode: 0o600 });
        await this.#upload(join(made, 'file'), path);
      } finally {
        await rm(made, { recursive: true, force: true });
      }
    }
    return path;
  };

  async #upload(local: string, remote: string): Promise<void> {
    await upload(this.ssh, local, remote, transferOptions({ name: 'master' }, this.context));
  }
}

/** The jobs of a master. */
export async function listEc2Jobs(ssh: SshConnection, signal: AbortSignal): Promise<Job[]> {
  const what = 'The master could not list its jobs';
  const text = await ssh.execOrThrow('python3 - list', what, signal, { input: jobsProgram });
  try {
    return parseJobList(text);
  } catch (cause) {
    throw new ClusterError('NODE_FAILED', `${what}: its response can’t be read.`, { cause });
  }
}

/** A job of a master, over a connection that it closes. */
export class Ec2Job implements JobHandle {
  constructor(
    readonly id: string,
    private readonly ssh: SshConnection,
    private readonly context: WorkContext,
  ) {}

  async follow(
    listener: JobListener,
    from: Parameters<JobHandle['follow']>[1],
    until: Parameters<JobHandle['follow']>[2],
  ): ReturnType<JobHandle['follow']> {
    const { signal } = this.context;
    const frames = new JobFrames(listener);
    // What a node says is not believed: who reads it must not fall.
    const unreadable = new AbortController();
    const read = (chunk: Buffer): Promise<void> | undefined => {
      if (unreadable.signal.aborted) return undefined;
      try {
        return frames.push(chunk);
      } catch (error) {
        unreadable.abort(error);
        return undefined;
      }
    };
    let said = '';
    try {
      const running = await this.ssh.run(
        `python3 - follow ${this.id} ${from.stdout} ${from.stderr} ${until}`,
        {
          stdout: read,
          stderr: (chunk) => {
            said = (said + chunk.toString()).slice(-1_000);
          },
        },
        AbortSignal.any([signal, unreadable.signal]),
      );
      running.write(jobsProgram);
      running.end();
      await running.exited;
    } catch (error) {
      if (signal.aborted) throw abortError(signal, `following ${this.id}`);
      if (!unreadable.signal.aborted) throw lost(error);
    }
    if (signal.aborted) throw abortError(signal, `following ${this.id}`);
    if (unreadable.signal.aborted)
      throw new ClusterError('NODE_FAILED', `The log of ${this.id} can’t be read.`, {
        cause: unreadable.signal.reason,
      });
    const { last } = frames;
    if (last === undefined) throw lost(new Error(said.trim().split('\n').at(-1) ?? ''));
    if (last.kind === 'missing') throw jobNotFound(this.id);
    return last.kind === 'running' ? null : { exitCode: last.exitCode, state: last.state };
  }

  async cancel(): Promise<boolean> {
    const { stdout } = await this.ssh.exec(cancelScript(this.id), timeLimit(cancelLimitMs));
    return stdout.includes('canceled');
  }

  close(): Promise<void> {
    return this.ssh.close();
  }
}

function lost(cause: unknown): ClusterError {
  if (isClusterError(cause)) return cause;
  return new ClusterError('SSH_UNREACHABLE', 'The connection to the master was lost.', { cause });
}

/**
 * A job would ask a master that doesn't run for minutes.
 *
 * @throws ClusterError `CLUSTER_STATE_UNFIT`
 */
async function requireMaster(ssh: SshConnection, signal: AbortSignal): Promise<void> {
  const unit = nodeUnits.sparkMaster;
  const ask = `systemctl is-active ${unit} 2>/dev/null`;
  // Without a message bus only root is answered.
  const { stdout } = await ssh.exec(
    `s=$(${ask}); [ -n "$s" ] || s=$(sudo -n ${ask}); echo "$s"`,
    signal,
  );
  const state = stdout.trim();
  if (state !== 'inactive' && state !== 'failed') return;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `The Spark master is not running (${unit} is ${state}); jobs can’t be submitted.`,
    { remedies: advice(`Start the service ${unit} on the master, or restart the cluster.`) },
  );
}

/** Ends the unit of a job: asks first, then forces. Says so unless it had ended before. */
function cancelScript(id: string): string {
  const folder = `${jobsFolder}/${id}`;
  const kill = (signal: string): string =>
    `sudo -n systemctl kill --signal=${signal} ${jobUnit(id)} 2>/dev/null`;
  return `p=$(cat ${folder}/pid) && kill -0 "$p" 2>/dev/null && [ ! -e ${folder}/exit ] || exit 0
: >${folder}/canceled
${kill('TERM')}
i=0; while kill -0 -- "-$p" 2>/dev/null && [ $i -lt ${cancelPatienceSeconds * 5} ]; do i=$((i+1)); sleep 0.2; done
${kill('KILL')}
[ ! -e ${folder}/end ] || sh ${folder}/end 2>/dev/null
echo canceled`;
}
