import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { kill } from 'node:process';
import { afterAll, expect, test } from 'vitest';
import { runFolder } from './control.mjs';
import { images } from './images.ts';

// A second lab beside the one that this test runs in; it has the same addresses, in a network namespace of its own.
const name = `flintrock-lab-test-${process.pid}`;
const lab = join(import.meta.dirname, 'lab.mjs');

function control(verb: 'start' | 'stop'): void {
  execFileSync(process.execPath, [lab, verb, '--name', name]);
}

/** What there is of the second lab on this machine: nothing is what there should be when it has ended. */
function traces(): string[] {
  const found: string[] = [];
  if (existsSync(`/run/netns/${name}`)) found.push(`network namespace ${name}`);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  found.push(...mounts.filter((line) => line.includes(name)).map((line) => `mount ${line}`));
  // It fails when a folder goes while it looks, which is what is waited for here.
  const folders = spawnSync('find', ['/sys/fs/cgroup', '-type', 'd', '-name', name], {
    encoding: 'utf8',
  }).stdout.split('\n');
  found.push(...folders.filter(Boolean).map((folder) => `cgroup ${folder}`));
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (!variables.includes(`LAB_NAME=${name}`)) continue;
      found.push(`process ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`);
    } catch {
      // It ended meanwhile.
    }
  }
  if (readdirSync(runFolder(name)).includes('hosts')) found.push('disks of hosts');
  return found;
}

/** Starts the second lab with one host that is up. */
async function startWithHost(): Promise<void> {
  control('start');
  const ask = (...args: string[]) =>
    spawnSync('nsenter', [`--net=/run/netns/${name}`, 'curl', '-s', '-m', '5', ...args], {
      encoding: 'utf8',
    }).stdout;
  const api = 'http://127.0.0.1:5000';
  const form = `Action=RunInstances&Version=2016-11-15&ImageId=${images.debianJava}&InstanceType=m5.large&MinCount=1&MaxCount=1`;
  const scope = 'Credential=lab/20260101/us-east-1/ec2/aws4_request, SignedHeaders=x, Signature=x';
  const reply = ask('-H', `Authorization: AWS4-HMAC-SHA256 ${scope}`, '-d', form, api);
  const id = /<instanceId>(.*?)<\/instanceId>/.exec(reply)?.[1] ?? '';
  expect(id).toMatch(/^i-/);
  const command = JSON.stringify({ id, command: 'systemctl is-active ssh' });
  await until(() => ask('-d', command, `${api}/lab/exec`).includes('"active'));
  // So that a look which finds nothing later means something.
  expect(traces().join('\n')).toMatch(/network namespace[^]*cgroup[^]*process[^]*disks/);
}

/** The process in the second lab whose command line has a word, as this side numbers it. */
function processOf(word: string): number {
  const cgroup = readFileSync(join(runFolder(name), 'cgroups'), 'utf8').split('\n')[0] ?? '';
  const pids = readFileSync(join(cgroup, 'server', 'cgroup.procs'), 'utf8').split('\n');
  const found = pids.find(
    (pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word),
  );
  return Number(found);
}

async function until(ask: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (ask()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('This did not happen within 30 s.');
}

afterAll(() => {
  control('stop');
  rmSync(runFolder(name), { recursive: true, force: true });
});

test('a lab that is stopped leaves nothing', async () => {
  await startWithHost();
  control('stop');
  expect(traces()).toEqual([]);
});

test('a lab whose server is killed ends by itself and leaves nothing', async () => {
  await startWithHost();
  kill(processOf('main.py'), 'SIGKILL');
  await until(() => traces().length === 0);
});

test('what a killed supervisor leaves is dead, and the next start removes it', async () => {
  await startWithHost();
  kill(Number(readFileSync(join(runFolder(name), 'supervisor'), 'utf8')), 'SIGKILL');
  await until(() => !traces().some((trace) => trace.startsWith('process')));
  await startWithHost();
  control('stop');
  expect(traces()).toEqual([]);
});
