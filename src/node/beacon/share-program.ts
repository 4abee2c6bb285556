import { createHash } from 'node:crypto';
import { compactPython } from '../bootstrap/compact.ts';
import program from './share.py';

/**
 * The program by which workers pass on to each other what only the master has, and by which its beacon tells them who has it. It is in
 * no user data, which has a limit: the client provides it on the master, and workers get it from there.
 */
export const shareProgram = compactPython(program);

/** What workers know it by, in their user data: what runs on them as root is what their launch said. */
export const shareSum = createHash('sha512').update(shareProgram).digest('hex').slice(0, 32);
