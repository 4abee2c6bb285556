import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process as `/proc` has it. */
export interface TableEntry {
  readonly pid: number;
  readonly command: string;
  readonly environment: string;
}

/** Every process that can be read, but this one. */
export function processTable(): TableEntry[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      const read = (file: string): string => readFileSync(`/proc/${name}/${file}`, 'utf8');
      const command = read('cmdline').replaceAll('\0', ' ');
      return [{ pid: Number(name), command, environment: read('environ') }];
    } catch {
      return [];
    }
  });
}

/** Processes of `launchId`, whatever became of its records. */
export function processesOf(launchId: string): string[] {
  return processTable()
    .filter(({ command }) => command.includes(launchId))
    .map(({ pid, command }) => `${pid} ${command.slice(-200)}`);
}

/** A socket that takes connections, or datagrams. */
export interface OpenSocket {
  readonly pid: number;
  /** As the kernel writes it: `0100007F` is 127.0.0.1. */
  readonly address: string;
  readonly port: number;
}

/** The sockets that processes listen on, of proc(5)'s tables `net/tcp` and `net/udp`. */
export function openSockets(pids: readonly number[]): OpenSocket[] {
  const byInode = new Map<string, { address: string; port: number }>();
  for (const table of ['tcp', 'tcp6', 'udp', 'udp6']) {
    let lines: string[];
    try {
      lines = readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1);
    } catch {
      continue;
    }
    for (const line of lines) {
      const fields = line.trim().split(/\s+/);
      // 0A is LISTEN; a UDP socket that is bound and not connected is in state 07.
      if (fields[3] !== '0A' && fields[3] !== '07') continue;
      const [address = '', port = ''] = (fields[1] ?? '').split(':');
      byInode.set(fields[9] ?? '', { address, port: Number.parseInt(port, 16) });
    }
  }
  return pids.flatMap((pid) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        const inode = /^socket:\[(\d+)\]$/.exec(readlink(`/proc/${pid}/fd/${fd}`))?.[1] ?? '';
        const socket = byInode.get(inode);
        return socket === undefined ? [] : [{ pid, ...socket }];
      });
    } catch {
      return [];
    }
  });
}

/** Whether a socket can be reached from this machine only: bound to 127.0.0.1, or to it in the form of IPv6. */
export function isLoopback({ address }: OpenSocket): boolean {
  return address === '0100007F' || address === '0000000000000000FFFF00000100007F';
}

function readlink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
