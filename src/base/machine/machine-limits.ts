import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

/** How much of a machine a process may use. */
export interface MachineLimits {
  readonly cores: number;
  readonly memoryMiB: number;
  /** Whether a control group, as of a container, allows less than the machine has. */
  readonly isConstrained: { readonly cores: boolean; readonly memory: boolean };
}

/** Where Linux shows control groups, and which of them this process is in. */
export interface ControlGroupFiles {
  /** File with a line `id:controllers:path` for each hierarchy (cgroups(7)). */
  readonly membership: string;
  /** Folder that the hierarchies are mounted in. */
  readonly root: string;
}

const linuxFiles: ControlGroupFiles = { membership: '/proc/self/cgroup', root: '/sys/fs/cgroup' };

/**
 * The cores and the memory that this process may use: those of the machine, or what its control groups allow of them.
 *
 * Not `process.constrainedMemory()`, which knows nothing of the groups above its own, nor `availableParallelism()` alone, which in
 * Node 20 knows nothing of quotas.
 */
export function machineLimits(files: ControlGroupFiles = linuxFiles): MachineLimits {
  const machine = { cores: availableParallelism(), memory: totalmem() };
  const groups = controlGroups(files);
  const memory = Math.min(machine.memory, ...groups.flatMap(memoryOf));
  const quota = Math.min(machine.cores, ...groups.flatMap(coresOf));
  const cores = Math.max(1, Math.floor(quota));
  return {
    cores,
    memoryMiB: Math.floor(memory / 1024 / 1024),
    isConstrained: { cores: cores < machine.cores, memory: memory < machine.memory },
  };
}

/** Folders of all control groups that this process is in, whose limits all hold; none on other systems. */
function controlGroups({ membership, root }: ControlGroupFiles): string[] {
  const folders = (read(membership) ?? '').split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    // Version 2 has one hierarchy, without a name; where version 1 is there too, it lies in a folder of its own.
    const mounts =
      controllers === ''
        ? [root, join(root, 'unified')]
        : [join(root, controllers), ...controllers.split(',').map((name) => join(root, name))];
    // In a container the path may be the host's, of which only the group itself is there, at the top.
    return mounts.flatMap((mount) => upwards(path).map((group) => join(mount, group)));
  });
  return [...new Set(folders)];
}

/** A path and all those above it: `/a/b`, `/a`, `/`. */
function upwards(path: string): string[] {
  return path === '/' ? ['/'] : [path, ...upwards(dirname(path))];
}

function memoryOf(group: string): number[] {
  return ['memory.max', 'memory.high', 'memory.limit_in_bytes'].flatMap((name) =>
    positive(read(join(group, name))),
  );
}

function coresOf(group: string): number[] {
  const [quota, period] = (read(join(group, 'cpu.max')) ?? '').split(' ');
  return [
    ...ratio(quota, period),
    ...ratio(read(join(group, 'cpu.cfs_quota_us')), read(join(group, 'cpu.cfs_period_us'))),
  ];
}

function ratio(quota: string | undefined, period: string | undefined): number[] {
  return positive(quota).flatMap((part) => positive(period).map((whole) => part / whole));
}

/** A limit; none if it says `max` or -1. */
function positive(text: string | undefined): number[] {
  const value = Number(text);
  return text !== undefined && value > 0 ? [value] : [];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
