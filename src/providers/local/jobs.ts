import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { kill } from 'node:process';
import { StringDecoder } from 'node:string_decoder';
import type { JobRequest, RunningJob, WorkContext } from '../../engine/provider.ts';
import { ClusterError } from '../../model/errors.ts';
import { sparkClasses, sparkModuleOptions } from '../../node/services/spark.ts';
import { adoptArchive, archiveOptions, sparkClassPath } from './class-archive.ts';
import { launchMark, configurationFolder, sparkEnvironment } from './environment.ts';
import { findPython } from './find-python.ts';
import { isMissing, readJsonFile, writeJsonFile } from './json-file.ts';
import { isAlive, readProcess, type ProcessMark } from './processes.ts';
import type { LocalCluster } from './records.ts';

/** Runs a driver and leaves its exit code: `$0` is the job's id, `$1` its folder, the rest the driver's command line. */
const jobScript =
  'folder=$1; shift; "$@"; echo $? >"$folder/exit.part" && mv "$folder/exit.part" "$folder/exit"';
/** How often a job's output is looked at: as quick as a person sees. */
const followEveryMs = 30;

/**
 * Starts a job's driver as a process of its own: it goes on if whoever submitted it dies.
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
  const id = `job-${new Date(context.clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${randomBytes(2).toString('hex')}`;
  const folder = join(jobsFolder(cluster), id);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const command = await driverCommand(cluster, request, folder, context);
  const output = ['stdout', 'stderr'].map((name) => openSync(join(folder, name), 'a', 0o600));
  try {
    const child = spawn('/bin/sh', ['-c', jobScript, id, folder, ...command.args], {
      cwd: context.cwd,
      env: command.env,
      detached: true,
      stdio: ['ignore', ...output],
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => resolve(child.pid as number));
    });
    child.unref();
    const process: ProcessMark = {
      pid,
      startTime: (await readProcess(pid, context.platform))?.startTime ?? '',
    };
    await writeJsonFile(join(folder, 'job.json'), { format: 1, id, process });
    const job = new LocalJob(id, folder, process, cluster, context);
    return { id, exited: job.follow(), cancel: () => job.cancel() };
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
      const record = (await readJsonFile(join(folder, 'job.json'))) as
        { process: ProcessMark } | undefined;
      if (record !== undefined)
        await new LocalJob(id, folder, record.process, cluster, context).cancel();
    }),
  );
}

class LocalJob {
  constructor(
    private readonly id: string,
    private readonly folder: string,
    private readonly process: ProcessMark,
    private readonly cluster: LocalCluster,
    private readonly context: WorkContext,
  ) {}

  /** Passes the job's output on until it ends; gives its exit code. */
  async follow(): Promise<number> {
    const { clock, signal } = this.context;
    const streams = await Promise.all(
      (['stdout', 'stderr'] as const).map(async (stream) => ({
        stream,
        file: await open(join(this.folder, stream)),
        decoder: new StringDecoder('utf8'),
      })),
    );
    const passOn = async (): Promise<void> => {
      for (const { stream, file, decoder } of streams)
        for (;;) {
          const text = decoder.write(await readNext(file));
          if (text === '') break;
          this.context.emit('job.output', { job: this.id, stream, text });
        }
    };
    try {
      for (;;) {
        signal.throwIfAborted();
        // Whether it has ended is asked before its output is read: what it said last is never lost.
        const code = await this.#exitCode();
        await passOn();
        if (code !== undefined) {
          await this.#tidy();
          return code;
        }
        await clock.sleep(followEveryMs, signal);
      }
    } finally {
      await Promise.all(streams.map(({ file }) => file.close()));
    }
  }

  async cancel(): Promise<void> {
    const { clock } = this.context;
    for (const [signal, patienceMs] of [
      ['SIGTERM', 5_000],
      ['SIGKILL', 5_000],
    ] as const) {
      if (!(await this.#runs())) return;
      this.#signalGroup(signal);
      const end = clock.now() + patienceMs;
      // The shell ends at once; those that it started are its group until the last one is gone.
      while (clock.now() < end && this.#signalGroup(0)) await clock.sleep(20);
      if (!this.#signalGroup(0)) return;
      this.#signalGroup('SIGKILL');
    }
  }

  async #exitCode(): Promise<number | undefined> {
    const read = async (): Promise<number | undefined> => {
      try {
        return Number(await readFile(join(this.folder, 'exit'), 'utf8'));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    };
    const code = await read();
    if (code !== undefined || (await this.#runs())) return code;
    // Gone without a word: it was killed, unless it ended between the two looks.
    return (await read()) ?? 137;
  }

  #runs(): Promise<boolean> {
    return isAlive(this.process, this.id, this.context.platform);
  }

  /** Whether anybody is left in the group that the job's shell leads. */
  #signalGroup(signal: NodeJS.Signals | 0): boolean {
    try {
      kill(-this.process.pid, signal);
      return true;
    } catch {
      return false;
    }
  }

  async #tidy(): Promise<void> {
    await adoptArchive('driver', this.cluster.record, this.folder, this.context);
    await rm(join(this.folder, 'scratch'), { recursive: true, force: true });
  }
}

async function driverCommand(
  cluster: LocalCluster,
  request: JobRequest,
  folder: string,
  context: WorkContext,
): Promise<{ args: string[]; env: Record<string, string> }> {
  const { record } = cluster;
  const env: Record<string, string> = {
    ...sparkEnvironment(cluster, context),
    SPARK_LOCAL_DIRS: join(folder, 'scratch'),
  };
  if (request.file.endsWith('.py')) {
    // That of the person's shell, whose virtual environment holds what the job imports.
    const python = await findPython(context, context.signal);
    if (python === undefined)
      throw new ClusterError(
        'PYTHON_NOT_FOUND',
        'There is no Python on this machine to run the job with.',
        {
          hint: 'Install Python 3, or set PYSPARK_PYTHON.',
        },
      );
    env['PYSPARK_PYTHON'] = python.program;
    env['PYTHONUNBUFFERED'] = '1';
  }
  const job = [
    ...(request.className === undefined ? [] : ['--class', request.className]),
    ...Object.entries(request.conf).flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
    request.file,
    ...request.args,
  ];
  // Spark's own script knows what these mean for the driver's JVM.
  const special = Object.keys(request.conf).some((key) =>
    /^spark\.driver\.(extra|default)/.test(key),
  );
  if (special) return { args: [join(record.spark.home, 'bin', 'spark-submit'), ...job], env };
  const memory = request.conf['spark.driver.memory'] ?? '1g';
  return {
    args: [
      join(record.java.home, 'bin', 'java'),
      `-Xmx${memory}`,
      '-XX:-UsePerfData',
      ...sparkModuleOptions(record.java.major),
      ...archiveOptions('driver', record, folder, context),
      launchMark(cluster.record.launchId),
      `-Dlog4j2.configurationFile=${join(configurationFolder(cluster), 'log4j2-job.properties')}`,
      '-cp',
      sparkClassPath(record.spark.home).join(':'),
      sparkClasses.submit,
      ...job,
    ],
    env,
  };
}

async function readNext(file: FileHandle): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(65_536));
  return buffer.subarray(0, bytesRead);
}

function jobsFolder(cluster: Pick<LocalCluster, 'folder'>): string {
  return join(cluster.folder, 'jobs');
}
