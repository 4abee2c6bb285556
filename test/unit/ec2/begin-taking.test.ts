import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ClusterNode } from '../../../src/model/cluster/cluster.ts';
import {
  beginTaking,
  installCommand,
} from '../../../src/providers/ec2/nodes/packages/spark-packages.ts';
import type { SshConnection } from '../../../src/ssh/connection.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

function workers(count: number): ClusterNode[] {
  return Array.from({ length: count }, (_, at) => ({ name: `worker-${at + 1}` }) as ClusterNode);
}

it('lets many workers begin to take packages, one set after the other, and waits for none', async () => {
  const folder = temporaryFolder('taking');
  writeFileSync(join(folder, 'sudo'), '#!/bin/sh\nshift\nexec "$@"\n', { mode: 0o755 });
  const log = join(folder, 'log');
  // What the program is told, and by whom it is read: nobody’s stdin.
  const program = `its="a 'b"\nmain() { cat; printf '%s,' "$@" >>'${log}'; echo >>'${log}'; }\nmain "$@"\n`;
  const commands = ['a', 'b'].map((name) =>
    installCommand(name, '10.0.0.1', '', 'take', '', "it's $x"),
  );
  const asked: string[] = [];
  await beginTaking(
    workers(17),
    commands,
    async ({ name }, work) => {
      const exec = (command: string): Promise<{ code: number; stdout: string; stderr: string }> => {
        asked.push(name);
        if (asked.length === 1) {
          const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
          spawnSync('bash', ['-c', command], { input: program, env });
        }
        return Promise.resolve({ code: 0, stdout: '', stderr: '' });
      };
      await work({ exec } as unknown as SshConnection);
    },
    AbortSignal.timeout(60_000),
  );
  expect(asked).toHaveLength(17);
  await expect
    .poll(() => readFileSync(log, 'utf8'), { timeout: 30_000 })
    .toBe("a,10.0.0.1,7070,,take,,it's $x,\nb,10.0.0.1,7070,,take,,it's $x,\n");
});

it('does nothing where all workers have their turn at once', async () => {
  const refuse = (): Promise<void> => Promise.reject(new Error('asked'));
  await beginTaking(workers(16), ['x'], refuse, AbortSignal.timeout(60_000));
});
