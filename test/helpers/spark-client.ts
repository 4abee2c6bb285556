import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installSparkClient, sparkClientFolder } from '../../scripts/prepare.mjs';
import type { ConnectSession } from '../../src/index.ts';
import { sessionEnvironment } from '../../src/index.ts';

/** Folder of a Python environment that has Spark's thin client, pandas and what notebooks need, as its users install them. */
export function sparkClient(): string {
  const folder = sparkClientFolder();
  // In the lab's network nothing can be fetched: scripts/test.mjs makes it before.
  if (!existsSync(folder)) installSparkClient();
  return folder;
}

/** The Python of {@link sparkClient}. */
export function clientPython(): string {
  return join(sparkClient(), 'bin', 'python');
}

/** What a Python program said. */
export interface ProgramOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a Python program with a client of Spark Connect, in the environment of a session. */
export async function runPython(
  program: string,
  session: Pick<ConnectSession, 'remote' | 'token'>,
): Promise<ProgramOutcome> {
  const { PATH = '' } = process.env;
  try {
    const ran = await promisify(execFile)(clientPython(), ['-c', program], {
      env: { PATH, ...sessionEnvironment(session) },
      timeout: 240_000,
    });
    return { code: 0, ...ran };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}
