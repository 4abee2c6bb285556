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

it.runIf(process.platform === 'linux')('output that could not be written is no success', () => {
  for (const command of ['--version', 'describe --help', 'describe --json']) {
    const { code, stderr } = shell(`flintrock ${command} >/dev/full`);
    expect(code).toBe(1);
    expect(stderr).toContain('DISK_FULL');
  }
});

it('works in a folder that was deleted', () => {
  const { code, stderr } = shell('mkdir gone; cd gone; rmdir ../gone; flintrock describe');
  expect(stderr).not.toContain('defect');
  expect(code).toBe(0);
});

describe.runIf(isRoot)('a state folder that takes nothing', () => {
  const state = join(lab.home, 'small');
  const mount = (then: string): string =>
    `mkdir -p '${state}'; unshare -m sh -c 'mount -t tmpfs -o size=1m none ${state}; '"$0"`.replace(
      '"$0"',
      `'${then}'`,
    );
  const program = `${process.execPath} ${cli}`;
  const launch = `${program} launch p --provider local --num-workers 1 --worker-memory 1g`;
  const env = { FLINTROCK_STATE: state };

  it.each([
    ['read-only', `mount -o remount,ro ${state}; ${launch}`, 'FILE_ACCESS_FAILED'],
    ['full', `dd if=/dev/zero of=${state}/fill bs=64k 2>/dev/null; ${launch}`, 'DISK_FULL'],
  ])('is trouble of the environment where it is %s', (_what, script, code) => {
    const ended = shell(mount(script), env);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(code);
    expect(ended.stderr).not.toContain('defect');
  });

  it('keeps nobody from stopping and destroying a cluster where it is full', () => {
    const script = `${launch} >${lab.home}/log 2>&1; dd if=/dev/zero of=${state}/fill bs=4k 2>/dev/null; ${program} stop p --assume-yes; echo stopped $?; ${program} describe p --json; ${program} destroy p --assume-yes; echo destroyed $?`;
    const { stdout, stderr } = shell(mount(script.replace('size=1m', 'size=8m')), env);
    expect(stdout + stderr).toContain('stopped 0');
    expect(stdout).toContain('"state":"stopped"');
    expect(stdout).toContain('destroyed 0');
    expect(lab.processes()).toEqual([]);
  });
});

describe('the end of a terminal', () => {
  /**
   * Runs a command in a terminal that is closed as soon as a text has appeared, there or in a file; gives how it ended: a code, or minus a
   * signal.
   */
  const hangUp = (text: string, command: string, file = 'none'): ReturnType<typeof shell> => {
    writeFileSync(
      join(lab.home, 'hup.py'),
      `import os, pty, select, sys
text, file = sys.argv[1].encode(), sys.argv[2]
pid, fd = pty.fork()
if pid == 0: os.execvp("/bin/sh", ["/bin/sh", "-c", sys.argv[3]])
out = b""
def seen(): return text in out or os.path.exists(file) and text in open(file, "rb").read()
while not seen():
    try:
        if select.select([fd], [], [], 0.05)[0]: out += os.read(fd, 4096)
    except OSError: pass # Nobody has it open.
os.close(fd)
_, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status))
`,
    );
    return shell(
      `python3 hup.py '${text}' '${file}' "$1"`.replace(
        '"$1"',
        `'${command.replace('flintrock', `${process.execPath} ${cli}`)}'`,
      ),
    );
  };
  const size = '--provider local --num-workers 1 --worker-memory 1g';

  it('in the middle of a launch removes what it made', () => {
    const { stdout, stderr } = hangUp('hup', `exec flintrock launch hup ${size}`);
    expect([stdout, stderr]).toEqual(['-1\n', '']);
    expect(lab.processes()).toEqual([]);
  });

  it('in the middle of a question is no answer, and ends', () => {
    shell(`flintrock launch q ${size}`);
    expect(hangUp('[y/N]', 'exec flintrock destroy q').stdout).toBe('-1\n');
    expect(shell('flintrock describe q --json').stdout).toContain('"state":"running"');
  });

  it('leaves a job running, and ends its client', () => {
    writeFileSync(
      join(lab.home, 'long.py'),
      `
import os, time
print("the job runs", flush=True)
while not os.path.exists("go"): time.sleep(0.05)
open("went-on", "w").close()
`,
    );
    expect(hangUp('the job runs', 'exec flintrock submit q long.py').stdout).toBe('-1\n');
    expect(lab.processes().join('\n')).toContain('long.py');
    const { code } = shell('touch go; until [ -e went-on ]; do sleep 0.1; done');
    expect(code).toBe(0);
    expect(shell('flintrock destroy q --assume-yes').code).toBe(0);
  });

  describe.runIf(process.platform === 'linux')('is ignored where it was to be', () => {
    const stays = (name: string): void => {
      expect(shell(`flintrock describe ${name} --json`).stdout).toContain('"state":"running"');
      expect(shell(`flintrock destroy ${name} --assume-yes`).code).toBe(0);
    };

    it('by nohup', () => {
      const command = `exec nohup flintrock launch kept ${size}`;
      expect(hangUp('Launching', command, 'nohup.out').stdout).toBe('0\n');
      stays('kept');
    });

    it('by the shell that started it', () => {
      const { stdout } = shell(
        `trap '' HUP; '${process.execPath}' '${cli}' launch kept ${size} >log 2>&1 & p=$!
until grep -q Launching log; do sleep 0.05; done; kill -HUP $p; wait $p; echo $?`,
      );
      expect(stdout).toBe('0\n');
      stays('kept');
    });
  });
});
