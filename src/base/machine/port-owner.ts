import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { platform } from 'node:process';
import { promisify } from 'node:util';

/** How long the system's own tool may take, in milliseconds. */
const lsofLimitMs = 5_000;

/**
 * Who listens on a TCP port of this machine: `python3 (process 4711)`.
 *
 * @returns `undefined` if that can't be found out, as of a process of another user
 */
export async function portOwner(port: number): Promise<string | undefined> {
  try {
    return platform === 'linux' ? await ownerInProc(port) : await ownerByLsof(port);
  } catch {
    return undefined;
  }
}

/** By the kernel's tables of sockets: `proc(5)`, `/proc/net/tcp`. */
async function ownerInProc(port: number): Promise<string | undefined> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const sockets = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const rows = (await readFile(table, 'utf8').catch(() => '')).split('\n');
    for (const row of rows) {
      const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/);
      // 0A: it listens.
      if (state === '0A' && local.endsWith(`:${hex}`)) sockets.add(`socket:[${inode}]`);
    }
  }
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const folder = `/proc/${pid}/fd`;
    for (const fd of await readdir(folder).catch(() => [])) {
      if (!sockets.has(await readlink(`${folder}/${fd}`).catch(() => ''))) continue;
      const name = (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
      return `${name} (process ${pid})`;
    }
  }
  return undefined;
}

async function ownerByLsof(port: number): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)(
    'lsof',
    ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'],
    { timeout: lsofLimitMs },
  );
  const [, pid, name] = /^p(\d+)\nc(.*)$/m.exec(stdout) ?? [];
  return pid === undefined ? undefined : `${name ?? ''} (process ${pid})`;
}
