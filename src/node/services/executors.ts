import { memoryText } from '../../base/size.ts';
import type { Properties } from '../../model/software/properties.ts';

/**
 * Least memory of an executor in MiB that Spark starts one with: one and a half times what it reserves (`UnifiedMemoryManager`,
 * `RESERVED_SYSTEM_MEMORY_BYTES`).
 */
export const leastExecutorMiB = 450;

/** Most cores of an executor by default: with more its tasks wait for each other, and jobs share a worker less finely. */
const mostExecutorCores = 5;

/**
 * Most cores of an executor by default where jobs may be limited: of one that is larger than what a job may have it would never get any.
 *
 * @param own properties of the user's
 */
export function executorCoresLimit(own: Properties): number {
  const limit = jobCoresLimit(own);
  return limit === undefined ? mostExecutorCores : Math.min(mostExecutorCores, limit);
}

/** How many cores a job may have; `undefined` if it may have all. */
function jobCoresLimit(own: Properties): number | undefined {
  const limit = Number(own['spark.cores.max'] ?? '');
  return Number.isInteger(limit) && limit > 0 ? limit : undefined;
}

/** How many executors share a worker of so many cores, unless somebody says. */
export function defaultExecutors(cores: number, own: Properties): number {
  return Math.max(1, Math.ceil(cores / executorCoresLimit(own)));
}

/**
 * The properties that a user wants in `spark-defaults.conf`, with those that other options stand for. The master has the limit too, for
 * applications that don't read this file.
 */
export function withJobLimit({
  sparkDefaults,
  maxCoresPerJob,
}: {
  readonly sparkDefaults: Properties;
  readonly maxCoresPerJob?: number | undefined;
}): Properties {
  if (maxCoresPerJob === undefined) return sparkDefaults;
  const limit = String(maxCoresPerJob);
  return { 'spark.cores.max': limit, 'spark.deploy.defaultCores': limit, ...sparkDefaults };
}

/** Which of Hadoop's services a cluster has. */
export interface HadoopServices {
  readonly hdfs: boolean;
  readonly yarn: boolean;
}

/** What each of Hadoop's daemons takes of a worker's memory, in MiB. */
const hadoopShareMiB = 1024;

/** What Hadoop's daemons take of a worker's memory, in MiB. */
export function sharesOfServices({ hdfs, yarn }: HadoopServices): number {
  return (hdfs ? hadoopShareMiB : 0) + (yarn ? hadoopShareMiB : 0);
}

/**
 * What executors leave of each worker to an application master, in MiB: as much as Spark asks for by default for a driver that runs in
 * it (`spark.driver.memory` and `spark.driver.memoryOverhead`). On a cluster with one worker no executor would fit beside it otherwise.
 */
export const yarnRoomMiB = 1024 + 384;

/** What Spark asks YARN for beside an executor's memory, in MiB: a tenth, and this at least (`spark.executor.memoryOverhead`). */
const leastOverheadMiB = 384;

/**
 * Memory of each of some executors that share a worker, in MiB, when they have to fit into YARN's containers: `size_yarn_executors` of
 * yarn.sh reckons so.
 */
function yarnExecutorMiB(workerMiB: number, perWorker: number): number {
  const container = Math.floor((workerMiB - yarnRoomMiB) / perWorker);
  return container - Math.max(leastOverheadMiB, Math.ceil(container / 11));
}

/** What a worker offers to executors. */
export interface WorkerCapacity {
  readonly cores: number;
  readonly memoryMiB: number;
  /** Whether executors have to fit into YARN's containers. */
  readonly yarn?: boolean | undefined;
}

/** Executors that share a worker, by default: what a job gets that doesn't say how large its own are to be. */
export interface DefaultExecutors {
  readonly perWorker: number;
  readonly cores: number;
  readonly memoryMiB: number;
}

/**
 * The executors that a worker has room for by default: `measure` of bootstrap.sh reckons so.
 *
 * @param perWorker how many are to share it; by default as {@link defaultExecutors} has it
 * @param own properties of the user's, which may say how large they are
 */
export function executorsOf(
  worker: WorkerCapacity,
  perWorker: number | undefined,
  own: Properties = {},
): DefaultExecutors {
  const share = Math.max(1, perWorker ?? defaultExecutors(worker.cores, own));
  const cores = Number(
    own['spark.executor.cores'] ?? Math.max(1, Math.floor(worker.cores / share)),
  );
  const memoryMiB =
    memoryOf(own['spark.executor.memory'] ?? '') ??
    (worker.yarn === true
      ? yarnExecutorMiB(worker.memoryMiB, share)
      : Math.floor(worker.memoryMiB / share));
  const fitting = Math.min(
    Math.floor(worker.cores / cores),
    Math.floor(worker.memoryMiB / memoryMiB),
  );
  return { perWorker: Number.isFinite(fitting) ? fitting : 0, cores, memoryMiB };
}

/** What a machine's executors get together, in MiB: `measure` of bootstrap.sh reckons so. */
export function executorsMemoryMiB(machineMiB: number, hadoop: HadoopServices): number {
  const system = Math.max(1024, Math.floor(machineMiB / 10));
  return Math.max(512, machineMiB - system - sharesOfServices(hadoop));
}

const units: Readonly<Record<string, number>> = {
  b: 1 / (1024 * 1024),
  k: 1 / 1024,
  m: 1,
  g: 1024,
  t: 1024 * 1024,
};

/** A size as Spark's properties have it (`JavaUtils.byteStringAs`), in MiB: a bare number is one of MiB. */
export function memoryOf(text: string): number | undefined {
  const [, digits = '', unit = 'm'] = /^(\d+)\s*([bkmgt])?b?$/i.exec(text.trim()) ?? [];
  return digits === '' ? undefined : Math.floor(Number(digits) * (units[unit.toLowerCase()] ?? 1));
}

function formatCores(cores: number): string {
  return cores === 1 ? '1 core' : `${cores} cores`;
}

/**
 * What is wrong with the size of executors that the user's own properties say, in words: no job that doesn't say another one would run.
 *
 * @param own properties of the user's
 * @param perWorker how many executors are to share a worker; by default as {@link defaultExecutors} has it
 * @param owner whose capacity it is, as in "a worker" or "m5.large"
 */
export function executorSizeFault(
  own: Properties,
  worker: WorkerCapacity,
  perWorker: number | undefined,
  owner: string,
): string | undefined {
  const cores = Number(own['spark.executor.cores'] ?? 0);
  const memoryMiB = memoryOf(own['spark.executor.memory'] ?? '') ?? 0;
  if (memoryMiB > 0 && memoryMiB < leastExecutorMiB)
    return `Executors can’t have ${memoryText(memoryMiB)} of memory (spark.executor.memory): Spark requires ${leastExecutorMiB} MiB.`;
  if (cores > worker.cores)
    return `Executors with ${formatCores(cores)} (spark.executor.cores) fit on no worker: ${owner} offers ${worker.cores}.`;
  const limit = jobCoresLimit(own);
  const each = executorsOf(worker, perWorker, own).cores;
  if (limit !== undefined && each > limit)
    return `Executors have ${formatCores(each)}, but a job can use at most ${limit} (spark.cores.max): no job would get an executor.`;
  if (memoryMiB > worker.memoryMiB)
    return `Executors with ${memoryText(memoryMiB)} of memory (spark.executor.memory) fit on no worker: ${owner} offers ${memoryText(worker.memoryMiB)}.`;
  return undefined;
}
