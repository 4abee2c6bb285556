import type {
  ApplicationHistory,
  StageHistory,
  TaskFailures,
} from '../model/history/application.ts';
import { isJobId } from '../model/job.ts';
import { object, quantity, text } from '../node/beacon/untrusted.ts';
import { CoreTimelineBuilder } from './core-timeline.ts';
import { Histogram } from './histogram.ts';
import { originOf } from './python-failure.ts';

type Fields = Readonly<Record<string, unknown>>;

// More than anybody reads, and less than a hostile log could fill the memory with.
const maxStages = 20_000;
const maxExecutors = 50_000;
const maxFailures = 200;
const maxLost = 100;
const maxRunningJobs = 10_000;

/** The properties that findings are about. */
const keptProperties: ReadonlySet<string> = new Set([
  'spark.app.name',
  'spark.cores.max',
  'spark.default.parallelism',
  'spark.driver.memory',
  'spark.dynamicAllocation.enabled',
  'spark.executor.cores',
  'spark.executor.instances',
  'spark.executor.memory',
  'spark.executor.memoryOverhead',
  'spark.memory.fraction',
  'spark.sql.adaptive.enabled',
  'spark.sql.adaptive.coalescePartitions.enabled',
  'spark.sql.adaptive.coalescePartitions.parallelismFirst',
  'spark.sql.adaptive.skewJoin.enabled',
  'spark.sql.files.maxPartitionBytes',
  'spark.sql.shuffle.partitions',
  'spark.task.cpus',
  'spark.task.maxFailures',
]);

/** An executor that the application has. */
interface Executor {
  readonly cores: number;
  readonly since: number;
}

/** An attempt of a stage, while it is read. */
interface StageDraft {
  id: number;
  attempt: number;
  name: string;
  tasks: number;
  submittedAt: number;
  firstTaskAt: number | null;
  completedAt: number | null;
  slots: number;
  failedTasks: number;
  failedMs: number;
  gcMs: number;
  memorySpilledBytes: number;
  diskSpilledBytes: number;
  inputBytes: number;
  shuffleReadBytes: number;
  shuffleWriteBytes: number;
  readonly durations: Histogram;
  readonly inputs: Histogram;
}

/** Puts an application’s history together from the events of its log. */
export class ApplicationBuilder {
  /** The events that are looked at. */
  static readonly kinds: ReadonlySet<string> = new Set([
    'SparkListenerLogStart',
    'SparkListenerEnvironmentUpdate',
    'SparkListenerApplicationStart',
    'SparkListenerApplicationEnd',
    'SparkListenerExecutorAdded',
    'SparkListenerExecutorRemoved',
    'SparkListenerJobStart',
    'SparkListenerJobEnd',
    'SparkListenerStageSubmitted',
    'SparkListenerStageCompleted',
    'SparkListenerTaskStart',
    'SparkListenerTaskEnd',
  ]);

  #id: string;
  #name = '';
  #job: string | null = null;
  #user = '';
  #version = '';
  #startedAt = 0;
  #endedAt: number | null = null;
  #lastEventAt = 0;
  #isServer = false;
  #hasQueries = false;
  #isFull = false;
  #hasEnvironment = false;
  #properties: Record<string, string> = {};
  #jobs = 0;
  #failedJobs = 0;
  #lastJobAt = 0;
  readonly #runningJobs = new Set<number>();
  readonly #stages = new Map<string, StageDraft>();
  readonly #executors = new Map<string, Executor>();
  #executorCount = 0;
  #cores = 0;
  #maxCores = 0;
  #coreMs = 0;
  #firstExecutorAt: number | null = null;
  readonly #lost: { id: string; reason: string }[] = [];
  readonly #failures = new Map<string, TaskFailures & { isFatal: boolean }>();
  #fatal = '';
  #skipped = 0;
  readonly #timeline = new CoreTimelineBuilder();

  constructor(id: string) {
    this.#id = id;
  }

  /** Whether the application’s environment is known, and with it its job. */
  get hasEnvironment(): boolean {
    return this.#hasEnvironment;
  }

  /** See {@link ApplicationHistory.job}. */
  get job(): string | null {
    return this.#job;
  }

  /** Notes that a query ran. */
  noteQuery(): void {
    this.#hasQueries = true;
  }

  /** Takes an event; `undefined` for what is none. */
  take(event: Fields | undefined): void {
    if (event === undefined) {
      this.#skipped += 1;
      return;
    }
    switch (event['Event']) {
      case 'SparkListenerLogStart':
        this.#version = text(event['Spark Version']);
        break;
      case 'SparkListenerEnvironmentUpdate':
        this.#readProperties(object(event['Spark Properties']), object(event['System Properties']));
        break;
      case 'SparkListenerApplicationStart':
        this.#name = text(event['App Name']);
        this.#user = text(event['User']);
        this.#startedAt = this.#time(event['Timestamp']);
        if (this.#startedAt > 0) this.#timeline.begin(this.#startedAt);
        break;
      case 'SparkListenerApplicationEnd':
        this.#endedAt = this.#time(event['Timestamp']);
        break;
      case 'SparkListenerExecutorAdded':
        this.#addExecutor(event);
        break;
      case 'SparkListenerExecutorRemoved':
        this.#removeExecutor(event);
        break;
      case 'SparkListenerJobStart':
        this.#startJob(event);
        break;
      case 'SparkListenerJobEnd':
        this.#endJob(event);
        break;
      case 'SparkListenerStageSubmitted':
      case 'SparkListenerStageCompleted':
        this.#takeStage(object(event['Stage Info']));
        break;
      case 'SparkListenerTaskStart':
        this.#startTask(event);
        break;
      case 'SparkListenerTaskEnd':
        this.#endTask(event);
        break;
    }
  }

  /** @param isCut whether the log goes on */
  build(isCut: boolean): ApplicationHistory {
    const end = this.#endedAt ?? this.#lastEventAt;
    for (const executor of this.#executors.values()) this.#endExecutor(executor, end);
    this.#executors.clear();
    return {
      id: this.#id,
      name: this.#name,
      job: this.#job,
      user: this.#user,
      sparkVersion: this.#version,
      startedAt: this.#startedAt,
      endedAt: this.#endedAt,
      lastEventAt: this.#lastEventAt,
      isServer: this.#isServer,
      hasQueries: this.#hasQueries,
      properties: this.#properties,
      jobs: {
        count: this.#jobs,
        failed: this.#failedJobs,
        running: this.#runningJobs.size,
        lastSubmittedAt: this.#lastJobAt,
      },
      stages: [...this.#stages.values()]
        .map(({ durations, inputs, ...stage }): StageHistory => ({
          ...stage,
          durations: durations.spread(),
          inputs: inputs.spread(),
        }))
        .sort((a, b) => a.submittedAt - b.submittedAt || a.id - b.id),
      executors: {
        count: this.#executorCount,
        cores: this.#cores,
        maxCores: this.#maxCores,
        coreMs: this.#coreMs,
        firstAt: this.#firstExecutorAt,
        lost: this.#lost,
      },
      cores: this.#timeline.build(),
      failures: [...this.#failures.values()]
        .map((one) => ({
          ...one,
          isFatal: this.#failedJobs > 0 && this.#fatal.includes(one.error.replace(/…$/, '')),
        }))
        .sort((a, b) => Number(b.isFatal) - Number(a.isFatal) || b.count - a.count),
      skippedEvents: this.#skipped,
      isCut: isCut || this.#isFull,
    };
  }

  #time(value: unknown): number {
    const time = quantity(value);
    // No clock says so, and it would make everything else as nothing.
    if (time > 8.64e15) return 0;
    this.#lastEventAt = Math.max(this.#lastEventAt, time);
    return time;
  }

  #readProperties(properties: Fields, system: Fields): void {
    this.#hasEnvironment = true;
    this.#job = jobOf(system);
    for (const name of keptProperties) {
      const value = properties[name];
      if (typeof value === 'string') this.#properties[name] = value.slice(0, 200);
    }
    this.#isServer =
      /SparkConnectServer/.test(
        `${text(system['sun.java.command'])} ${text(properties['spark.app.name'])} ${text(properties['spark.submit.mainClass'])}`,
      ) || text(properties['spark.app.name']) === 'Spark Connect server';
  }

  #addExecutor(event: Fields): void {
    const at = this.#time(event['Timestamp']);
    const cores = Math.min(100_000, quantity(object(event['Executor Info'])['Total Cores']));
    const id = text(event['Executor ID']).slice(0, 100);
    if (this.#executors.has(id) || this.#executors.size >= maxExecutors) return;
    this.#executors.set(id, { cores, since: at });
    this.#executorCount += 1;
    this.#cores += cores;
    this.#maxCores = Math.max(this.#maxCores, this.#cores);
    this.#firstExecutorAt ??= at;
  }

  #removeExecutor(event: Fields): void {
    const at = this.#time(event['Timestamp']);
    const id = text(event['Executor ID']).slice(0, 100);
    const executor = this.#executors.get(id);
    if (executor === undefined) return;
    this.#executors.delete(id);
    this.#cores -= executor.cores;
    this.#endExecutor(executor, at);
    const reason = text(event['Removed Reason']).slice(0, 500);
    if (!isGivenBack(reason) && this.#lost.length < maxLost) this.#lost.push({ id, reason });
  }

  #endExecutor({ cores, since }: Executor, at: number): void {
    this.#coreMs += cores * Math.max(0, at - since);
    this.#timeline.addHeld(since, at, cores);
  }

  #startJob(event: Fields): void {
    this.#lastJobAt = this.#time(event['Submission Time']);
    this.#jobs += 1;
    if (this.#runningJobs.size < maxRunningJobs) this.#runningJobs.add(quantity(event['Job ID']));
  }

  #endJob(event: Fields): void {
    this.#time(event['Completion Time']);
    this.#runningJobs.delete(quantity(event['Job ID']));
    const result = object(event['Job Result']);
    if (result['Result'] !== 'JobFailed') return;
    const message = object(result['Exception'])['Message'];
    const why = typeof message === 'string' ? message.slice(0, 20_000) : '';
    // A job that somebody cancelled has not failed.
    if (/\bcancell?ed\b/i.test(why.split('\n')[0] ?? '')) return;
    this.#failedJobs += 1;
    this.#fatal = why;
  }

  #takeStage(info: Fields): void {
    const stage = this.#stage(quantity(info['Stage ID']), quantity(info['Stage Attempt ID']));
    if (stage === undefined) return;
    stage.name = text(info['Stage Name']).slice(0, 300);
    stage.tasks = quantity(info['Number of Tasks']);
    stage.submittedAt = this.#time(info['Submission Time']) || stage.submittedAt;
    const completed = this.#time(info['Completion Time']);
    if (completed > 0) stage.completedAt = completed;
    this.#noteSlots(stage);
  }

  #stage(id: number, attempt: number): StageDraft | undefined {
    const key = `${id}.${attempt}`;
    const known = this.#stages.get(key);
    if (known !== undefined) return known;
    if (this.#stages.size >= maxStages) {
      this.#isFull = true;
      return undefined;
    }
    const stage: StageDraft = {
      id,
      attempt,
      name: '',
      tasks: 0,
      submittedAt: 0,
      firstTaskAt: null,
      completedAt: null,
      slots: 0,
      failedTasks: 0,
      failedMs: 0,
      gcMs: 0,
      memorySpilledBytes: 0,
      diskSpilledBytes: 0,
      inputBytes: 0,
      shuffleReadBytes: 0,
      shuffleWriteBytes: 0,
      durations: new Histogram(),
      inputs: new Histogram(),
    };
    this.#stages.set(key, stage);
    return stage;
  }

  #noteSlots(stage: StageDraft): void {
    stage.slots = Math.max(stage.slots, Math.floor(this.#cores / this.#coresPerTask));
  }

  get #coresPerTask(): number {
    const cores = Number(this.#properties['spark.task.cpus'] ?? 1) || 1;
    return Math.min(1000, Math.max(1, cores));
  }

  #startTask(event: Fields): void {
    const at = this.#time(object(event['Task Info'])['Launch Time']);
    const stage = this.#stage(quantity(event['Stage ID']), quantity(event['Stage Attempt ID']));
    if (stage === undefined || at === 0) return;
    stage.firstTaskAt = Math.min(stage.firstTaskAt ?? at, at);
    this.#noteSlots(stage);
  }

  #endTask(event: Fields): void {
    const info = object(event['Task Info']);
    const begin = this.#time(info['Launch Time']);
    const duration = Math.max(0, this.#time(info['Finish Time']) - begin);
    const stage = this.#stage(quantity(event['Stage ID']), quantity(event['Stage Attempt ID']));
    if (stage === undefined || begin === 0) return;
    stage.firstTaskAt = Math.min(stage.firstTaskAt ?? begin, begin);
    this.#noteSlots(stage);
    this.#timeline.addBusy(begin, begin + duration, this.#coresPerTask);
    const reason = object(event['Task End Reason']);
    if (reason['Reason'] === 'Success') stage.durations.add(duration);
    else if (info['Killed'] !== true && reason['Reason'] !== 'TaskKilled') {
      stage.failedTasks += 1;
      stage.failedMs += duration;
      this.#addFailure(stage.id, reason);
    }
    this.#addMetrics(stage, object(event['Task Metrics']));
  }

  #addMetrics(stage: StageDraft, metrics: Fields): void {
    const shuffleRead = object(metrics['Shuffle Read Metrics']);
    const input = quantity(object(metrics['Input Metrics'])['Bytes Read']);
    const read =
      quantity(shuffleRead['Remote Bytes Read']) + quantity(shuffleRead['Local Bytes Read']);
    stage.gcMs += quantity(metrics['JVM GC Time']);
    stage.memorySpilledBytes += quantity(metrics['Memory Bytes Spilled']);
    stage.diskSpilledBytes += quantity(metrics['Disk Bytes Spilled']);
    stage.inputBytes += input;
    stage.shuffleReadBytes += read;
    stage.shuffleWriteBytes += quantity(
      object(metrics['Shuffle Write Metrics'])['Shuffle Bytes Written'],
    );
    stage.inputs.add(input + read);
  }

  #addFailure(stage: number, reason: Fields): void {
    const described = reason['Description'];
    const { error, python } = originOf(
      typeof described === 'string' && described !== ''
        ? failureText(text(reason['Class Name']), described)
        : lossText(reason),
    );
    const key = `${stage}|${error.replace(/\d+/g, '0')}|${python?.file ?? ''}:${python?.line ?? ''}`;
    const known = this.#failures.get(key);
    if (known !== undefined) this.#failures.set(key, { ...known, count: known.count + 1 });
    else if (this.#failures.size < maxFailures)
      this.#failures.set(key, { count: 1, isFatal: false, stage, error, python });
  }
}

/** The job whose driver it is: its JVM is told which, or runs a file in the job’s folder. */
function jobOf(system: Fields): string | null {
  const command = system['sun.java.command'];
  const [inCommand = ''] =
    /job-\d{8}T\d{6}Z-[0-9a-f]{4,16}/.exec(
      typeof command === 'string' ? command.slice(0, 100_000) : '',
    ) ?? [];
  return [text(system['flintrock.job']), inCommand].find(isJobId) ?? null;
}

/** The error of a task that ended by an exception; Python’s own traceback says all of it. */
function failureText(name: string, description: string): string {
  const whole = description.includes('Traceback (most recent call last):');
  return whole ? description : `${name.split('.').at(-1) ?? ''}: ${description}`;
}

/** What became of a task that ended without an exception of its own. */
function lossText(reason: Fields): string {
  const kind = text(reason['Reason']);
  const why = text(reason['Loss Reason']) || text(reason['Message']);
  return why === '' ? kind : `${kind}: ${why}`;
}

/** Whether an executor ended because nobody needed it any more. */
function isGivenBack(reason: string): boolean {
  return /killed by driver|decommission|exited with code 0\b|application (is )?(stopped|finished)|idle|stopped by driver/i.test(
    reason,
  );
}
