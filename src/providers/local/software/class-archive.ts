import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { copyFile, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pid } from 'node:process';
import { cacheFolder, type Surroundings } from '../../../base/surroundings.ts';
import { type ClusterRecord, makePrivateFolder } from '../records/records.ts';

/** The first Java that writes an archive of an application's classes at exit (JEP 350). */
const firstWithArchives = 13;

/** The kinds of JVM that a cluster starts; each kind has an archive of its own. */
export type JvmKind = 'master' | 'worker' | 'driver';

/**
 * How a JVM of Spark gets its classes ready-made instead of reading, checking and linking them out of 280 jars: from a class-data
 * archive (JEP 350), which halves the time and the processor time until a daemon is there.
 *
 * The first JVM of a kind writes the archive when it ends, into its own folder; {@link adoptArchive} then moves it into the
 * cache for all that follow. So nobody waits for it to be made beforehand.
 *
 * @param folder the JVM's own folder, or `null` if it isn't to write an archive: one of each kind is enough
 * @returns options for the JVM, to stand before `-cp` with exactly {@link sparkClassPath}
 */
export function archiveOptions(
  kind: JvmKind,
  record: Pick<ClusterRecord, 'spark' | 'java'>,
  folder: string | null,
  surroundings: Surroundings,
): string[] {
  const archive = archivePath(kind, record, surroundings);
  if (existsSync(archive)) return useArchive(archive);
  if (folder === null || !canWriteArchive(kind, record, surroundings)) return [];
  return [`-XX:ArchiveClassesAtExit=${join(folder, archiveName(kind))}`, '-Xlog:disable'];
}

// -Xlog: an archive that isn't there or doesn't fit is not used, which is no reason to write warnings into a job's output.
function useArchive(archive: string): string[] {
  return [
    `-XX:SharedArchiveFile=${archive}`,
    '-Xshare:auto',
    '-Xlog:cds=off',
    '-Xlog:cds+dynamic=off',
  ];
}

/**
 * What makes executors use the archive of drivers, which have most of their classes in common: options for their JVM, and the class path
 * that has to stand before all else. The archive may come after the cluster.
 */
export function executorArchive(
  record: Pick<ClusterRecord, 'spark' | 'java'>,
  surroundings: Surroundings,
): { readonly options: string[]; readonly classPath: string } | undefined {
  if (record.java.major < firstWithArchives) return undefined;
  return {
    options: useArchive(archivePath('driver', record, surroundings)),
    classPath: sparkClassPath(record.spark.home),
  };
}

/** Whether a JVM of this kind can write an archive, and none is there yet. */
export function canWriteArchive(
  kind: JvmKind,
  record: Pick<ClusterRecord, 'spark' | 'java'>,
  surroundings: Surroundings,
): boolean {
  return (
    record.java.major >= firstWithArchives && !existsSync(archivePath(kind, record, surroundings))
  );
}

/** Moves the archive that a JVM wrote into its folder, if it did, to where the next ones find it. */
export async function adoptArchive(
  kind: JvmKind,
  record: Pick<ClusterRecord, 'spark' | 'java'>,
  folder: string,
  surroundings: Surroundings,
): Promise<void> {
  const made = join(folder, archiveName(kind));
  if (!existsSync(made)) return;
  const archive = archivePath(kind, record, surroundings);
  try {
    if (!existsSync(archive) && (await isWhole(made))) {
      await makePrivateFolder(dirname(dirname(archive)));
      await makePrivateFolder(dirname(archive));
      // The cache may be on another disk, and others may look for the archive meanwhile: it gets its name when it is there whole.
      const draft = `${archive}.${basename(folder)}-${pid}`;
      await copyFile(made, draft);
      await rename(draft, archive);
    }
  } catch {
    // A cache that is full or can't be written: the next JVM starts as slowly as this one.
  }
  await rm(made, { force: true });
}

// A JVM writes the header last (`DynamicArchiveBuilder::write_archive` in OpenJDK), so one that was killed while writing left zeros
// there. CDS_DYNAMIC_ARCHIVE_MAGIC of `cds.h`, as little-endian machines write it.
async function isWhole(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.readUInt32LE() === 0xf00baba8;
  } finally {
    await file.close();
  }
}

/**
 * Spark's class path. An archive holds only for the list of jars that it was made with; the JVM lists a folder that doesn't change in the
 * same order each time.
 */
export function sparkClassPath(sparkHome: string): string {
  return join(sparkHome, 'jars', '*');
}

function archiveName(kind: JvmKind): string {
  return `${kind}.jsa`;
}

/** Where the archive of a kind of JVM belongs; each Spark with each Java has its own. */
export function archivePath(
  kind: JvmKind,
  { spark, java }: Pick<ClusterRecord, 'spark' | 'java'>,
  surroundings: Surroundings,
): string {
  // The JVM checks the jars' names, sizes and times and its own build, and ignores an archive that doesn't fit; so that an
  // upgrade in place gets a new one, what it checks is in the name.
  const runtime = statSync(join(java.home, 'bin', 'java'));
  const jars = statSync(join(spark.home, 'jars'));
  const key = [
    sparkClassPath(spark.home),
    jars.mtimeMs,
    java.home,
    java.version,
    runtime.mtimeMs,
  ].join('\n');
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 16);
  return join(
    cacheFolder(surroundings),
    'class-data',
    `spark-${spark.version}-${hash}`,
    archiveName(kind),
  );
}
