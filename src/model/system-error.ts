import type { Remedy } from './remedy.ts';

/** What an error of the operating system is to a user. */
export interface SystemFault {
  readonly code: 'DISK_FULL' | 'FILE_ACCESS_FAILED';
  /** What is wrong, as a part of a sentence. */
  readonly reason: string;
  /** The file or folder, if it is known. */
  readonly path: string | undefined;
  readonly remedies: readonly Remedy[];
}

const otherFolders = 'set FLINTROCK_STATE and FLINTROCK_CACHE to folders that can be written';

// errno(3). What a program can do nothing about is no defect of it.
const faults: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  ENOSPC: ['no space is left on the disk', 'Free disk space.'],
  EDQUOT: ['the disk quota is exceeded', 'Free disk space.'],
  EACCES: ['permission denied', `Change the permissions, or ${otherFolders}.`],
  EPERM: ['the operation is not permitted', `Change the permissions, or ${otherFolders}.`],
  EROFS: ['the file system is read-only', `Mount it for writing, or ${otherFolders}.`],
  EIO: ['an input/output error occurred', 'Check the disk.'],
  ESTALE: ['the network file system has lost the file', 'Mount it again.'],
  EMFILE: ['too many files are open in this process', 'Raise the limit of open files.'],
  ENFILE: ['too many files are open on this machine', 'Close other programs.'],
  ENAMETOOLONG: ['the name is too long', 'Use a shorter path.'],
  ENOTDIR: ['a part of the path is not a folder', 'Use another path.'],
  EISDIR: ['it is a folder', 'Use another path.'],
  EEXIST: ['a file is in the way', 'Remove it, or use another path.'],
  ELOOP: ['too many symbolic links', 'Check the links in the path.'],
  EFBIG: [
    'the file is too large for the file system or the limit of file sizes',
    'Raise the limit.',
  ],
};

/** What kind of trouble of the operating system with files an error is; `undefined` if it is none. */
export function systemFault(error: unknown): SystemFault | undefined {
  const { code, syscall, path } = (error ?? {}) as {
    code?: string;
    syscall?: string;
    path?: string;
  };
  const fault = code === undefined || syscall === undefined ? undefined : faults[code];
  // Errors of a socket have the same names.
  if (fault === undefined || /^(connect|listen|bind|accept|getaddrinfo)/.test(syscall ?? ''))
    return undefined;
  const [reason, remedy] = fault;
  return {
    code: code === 'ENOSPC' || code === 'EDQUOT' ? 'DISK_FULL' : 'FILE_ACCESS_FAILED',
    reason,
    path,
    remedies: [{ text: remedy }],
  };
}
