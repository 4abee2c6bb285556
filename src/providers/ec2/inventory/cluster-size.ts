import { createHmac } from 'node:crypto';
import type { Instance } from '@aws-sdk/client-ec2';
import { readClusterTags } from '../api/tags.ts';

// How many workers a cluster is to have stands on a tag of its master: those that somebody ends in the console are missed. Others can
// write tags, and a repair that believed them would make what was never asked for. So the tag has a code that only who can read the
// launch's record can make.

/** A size as the tag has it: `3 0123456789abcdef`. */
export function writeSize(workers: number, launchId: string, seal: string): string {
  return `${workers} ${codeOf(workers, launchId, seal)}`;
}

/** The size that a master's tag says, for people to see; `undefined` if it says none. */
export function readSize({ Tags }: Pick<Instance, 'Tags'>): number | undefined {
  const { size } = readClusterTags(Tags);
  return size === null ? undefined : Number.parseInt(size, 10);
}

/**
 * The size that a master's tag proves.
 *
 * @param seal of the launch's record
 * @returns `undefined` if nobody who can read the record wrote it
 */
export function provenSize(
  master: Pick<Instance, 'Tags'>,
  launchId: string,
  seal: string,
): number | undefined {
  const workers = readSize(master);
  return workers !== undefined &&
    readClusterTags(master.Tags).size === writeSize(workers, launchId, seal)
    ? workers
    : undefined;
}

function codeOf(workers: number, launchId: string, seal: string): string {
  return createHmac('sha256', seal).update(`${launchId} ${workers}`).digest('hex').slice(0, 16);
}
