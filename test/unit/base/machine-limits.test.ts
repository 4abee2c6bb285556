import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { machineLimits } from '../../../src/base/machine/machine-limits.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const GiB = 1024 ** 3;
const whole = Math.floor(totalmem() / 1024 / 1024);
const cores = availableParallelism();

/** The limits where control groups look so: their files with what is in them, and what the process's own list says. */
function limitsOf(membership: string, files: Record<string, string>): [number, number] {
  const root = temporaryFolder('groups');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), `${text}\n`);
  }
  writeFileSync(join(root, 'membership'), membership);
  const found = machineLimits({ membership: join(root, 'membership'), root });
  return [found.memoryMiB, found.cores];
}

describe('the limits of this machine', () => {
  it.each<[string, string, Record<string, string>, [number, number]]>([
    ['those of the hardware, without control groups', '', {}, [whole, cores]],
    [
      'those of a container with version 2',
      '0::/\n',
      { 'memory.max': String(GiB), 'cpu.max': '100000 100000' },
      [1024, 1],
    ],
    [
      'those of a group above its own',
      '0::/user.slice/session.scope\n',
      { 'user.slice/memory.max': String(GiB / 2), 'user.slice/session.scope/memory.max': 'max' },
      [512, cores],
    ],
    [
      'what is throttled, before what is killed',
      '0::/a\n',
      { 'a/memory.max': String(GiB), 'a/memory.high': String(GiB / 2) },
      [512, cores],
    ],
    [
      'those of a container with version 1, whose path is the host’s',
      '4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n',
      {
        'memory/memory.limit_in_bytes': String(GiB),
        'cpu,cpuacct/cpu.cfs_quota_us': '150000',
        'cpu,cpuacct/cpu.cfs_period_us': '100000',
      },
      [1024, 1],
    ],
    [
      'a core where a quota allows less than one',
      '0::/a\n',
      { 'a/cpu.max': '20000 100000' },
      [whole, 1],
    ],
    [
      'those of the hardware where groups limit nothing',
      '4:memory:/\n0::/a\n',
      {
        'memory/memory.limit_in_bytes': '9223372036854771712',
        'unified/a/memory.max': 'max',
        'unified/a/cpu.max': 'max 100000',
        'cpu/cpu.cfs_quota_us': '-1',
      },
      [whole, cores],
    ],
  ])('are %s', (_what, membership, files, expected) => {
    expect(limitsOf(membership, files)).toEqual(expected);
  });
});
