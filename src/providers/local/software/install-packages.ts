import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stopGroupOnAbort } from '../../../base/machine/stop-group.ts';
import { cacheFolder, type Surroundings } from '../../../base/surroundings.ts';
import { timeLimit } from '../../../base/time-limit.ts';
import type { WorkContext } from '../../../engine/provider.ts';
import { abortError, ClusterError } from '../../../model/errors.ts';
import {
  packageNames,
  type PackageSet,
  packagesToFetch,
} from '../../../model/software/packages/package-set.ts';
import { sparkPackagesProgram, unfetchedRemedies } from '../../../node/services/spark-packages.ts';
import { formatStep } from '../../../text/engine/steps.ts';
import { type ClusterRecord, makePrivateFolder } from '../records/records.ts';

/** How long it may take to fetch packages, in milliseconds. */
const limitMs = 20 * 60_000;

/** Folder of the jars of packages: clusters with the same packages share it. */
export function packagesFolder(
  set: PackageSet,
  sparkVersion: string,
  repository: string | undefined,
  surroundings: Surroundings,
): string {
  const key = [sparkVersion, repository ?? '', ...packagesToFetch(set, sparkVersion)].join('\n');
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 16);
  return join(cacheFolder(surroundings), 'packages', `spark-${sparkVersion}-${hash}`);
}

/** What the class path of a cluster’s jobs has beside Spark’s jars. */
export function packagesClassPath({ packages }: Pick<ClusterRecord, 'packages'>): string[] {
  return packages === undefined ? [] : [join(packages.folder, '*')];
}

/**
 * Makes sure that a cluster’s packages are on this machine.
 *
 * @throws ClusterError `PACKAGE_UNAVAILABLE`
 */
export async function installPackages(record: ClusterRecord, context: WorkContext): Promise<void> {
  const { packages, spark } = record;
  if (packages === undefined || existsSync(packages.folder)) return;
  const { clock, emit, signal } = context;
  const { folder } = packages;
  await makePrivateFolder(dirname(folder));
  const names = packageNames(packages, spark.version);
  const subject = { kind: 'spark-packages', packages: names } as const;
  const step = formatStep({ subject });
  const start = clock.now();
  emit('step.started', { step, subject });
  const draft = `${folder}.${randomBytes(4).toString('hex')}`;
  try {
    await fetchPackages(record, draft, packagesToFetch(packages, spark.version), context);
    await rename(draft, folder).catch((error: unknown) => {
      // Another launch was quicker.
      if (!existsSync(folder)) throw error;
    });
  } catch (error) {
    if (signal.aborted) throw abortError(signal, `fetching ${names.join(', ')}`);
    throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  emit('step.finished', { step, subject, seconds: (clock.now() - start) / 1000 });
}

async function fetchPackages(
  { spark, java, mavenRepository }: ClusterRecord,
  folder: string,
  toFetch: readonly string[],
  { env, signal }: WorkContext,
): Promise<void> {
  const child = spawn(
    'bash',
    ['-s', '--', folder, join(spark.home, 'jars'), java.home, mavenRepository ?? '', ...toFetch],
    { cwd: dirname(folder), env: { ...env }, detached: true, stdio: ['pipe', 'ignore', 'pipe'] },
  );
  const limit = timeLimit(limitMs, signal);
  const release = stopGroupOnAbort(child, limit);
  try {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4096);
    });
    // It may end before it has read all of it.
    child.stdin.on('error', () => undefined).end(sparkPackagesProgram);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code === 0) return;
    limit.throwIfAborted();
    const why = said.trim().split('\n').at(-1) ?? '';
    throw new ClusterError('PACKAGE_UNAVAILABLE', `${why || 'the program ended'}.`, {
      remedies: unfetchedRemedies,
    });
  } finally {
    release();
  }
}
