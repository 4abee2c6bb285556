import { readFileSync, readlinkSync } from 'node:fs';

/** Bit of `SIGHUP` in the masks of proc(5). */
const hangupBit = 1n;

/**
 * Whether this process was started so that it ignores the end of its terminal, as by `nohup`. Node itself forgets that when it starts, so
 * it is told by what is left: the shell's name for the program, the input that GNU's `nohup` gives, and what the parent ignores.
 */
export function ignoresHangup({
  env,
  parent,
}: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly parent: number;
}): boolean {
  return /(^|\/)nohup$/.test(env['_'] ?? '') || hasNohupInput() || isIgnoring(parent);
}

/** GNU's `nohup` replaces a terminal by a null device that can't be read. */
function hasNohupInput(): boolean {
  try {
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync('/proc/self/fdinfo/0', 'utf8'))?.[1] ?? '0';
    const isWriteOnly = (Number.parseInt(flags, 8) & 3) === 1;
    return isWriteOnly && readlinkSync('/proc/self/fd/0') === '/dev/null';
  } catch {
    return false;
  }
}

function isIgnoring(pid: number): boolean {
  try {
    const mask = /^SigIgn:\s*([\da-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return mask !== undefined && (BigInt(`0x${mask}`) & hangupBit) !== 0n;
  } catch {
    return false;
  }
}
