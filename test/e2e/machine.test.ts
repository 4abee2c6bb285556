import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LocalLab } from '../helpers/local-lab.ts';

const lab = new LocalLab();
afterAll(() => lab.close());
const isRoot = process.getuid?.() === 0 && process.platform === 'linux';
const cli = resolve('dist/cli.js');

/** Runs a shell script in which `flintrock` is the built command line. */
function shell(
  script: string,
  env: Readonly<Record<string, string>> = {},
): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    '/bin/sh',
    ['-c', `flintrock() { '${process.execPath}' '${cli}' "$@"; }\n${script}`],
    {
      cwd: lab.home,
      env: { ...lab.env, HOME: lab.home, NO_COLOR: '1', ...env },
      encoding: 'utf8',
    },
  );
  return { code: status, stdout, stderr };
}

/** A control group of its own with limits, of whichever version this machine has. */
function controlGroup(kind: 'memory' | 'cpu', limit: number): string {
  const name = `flintrock-test-${process.pid}`;
  const v2 = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const group = v2 ? `/sys/fs/cgroup/${name}` : `/sys/fs/cgroup/${kind}/${name}`;
  mkdirSync(group, { recursive: true });
  const file = {
    memory: v2 ? 'memory.max' : 'memory.limit_in_bytes',
    cpu: v2 ? 'cpu.max' : 'cpu.cfs_quota_us',
  }[kind];
  writeFileSync(join(group, file), String(limit));
  return group;
}

describe.runIf(isRoot)('in a control group', () => {
  it.each([
    ['memory', 2 * 1024 ** 3, '"memoryMiB":512,', 'error'],
    ['cpu', 100_000, '"cores":1,', 'warning'],
  ] as const)('a limit of %s counts for a plan', (kind, limit, expected, severity) => {
    const group = controlGroup(kind, limit);
    try {
      const inGroup = (args: string): ReturnType<typeof shell> =>
        shell(`echo $$ >'${group}/cgroup.procs'; flintrock plan p --provider local --json ${args}`);
      const fits = inGroup('--num-workers 2');
      expect(fits.stdout).toContain(expected);
      const tooMuch = inGroup('--num-workers 1 --worker-memory 1800m --worker-cores 2');
      expect(tooMuch.stdout).toContain(`"severity":"${severity}","code":"MACHINE_FULL"`);
      expect(tooMuch.stdout).toContain('this container’s');
    } finally {
      rmdirSync(group);
    }
  });
});

it('executors that Spark would refuse to start are refused by the plan', () => {
  const { code, stdout } = shell(
    'flintrock plan p --provider local --num-workers 1 --worker-memory 1g --spark-executor-instances 4 --json',
  );
  expect(code).toBe(2);
  expect(stdout).toContain(
    'too little memory for 4 executors: each gets 256 MiB, but Spark requires 450 MiB',
  );
});
