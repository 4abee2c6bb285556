import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { findProgram } from '../base/machine/find-program.ts';
import { stopGroupOnAbort } from '../base/machine/stop-group.ts';
import { plainText } from '../base/plain-text.ts';
import { redact } from '../base/redact.ts';
import type { Surroundings } from '../base/surroundings.ts';
import { timeLimit } from '../base/time-limit.ts';
import { trustedCertificates, type WebSurroundings } from '../base/web-agent.ts';
import { ClusterError } from '../model/errors.ts';
import { advice, type Remedy } from '../model/remedy.ts';
import { isOfProject } from './interpreters.ts';

/** How long an installer may take, in milliseconds: hundreds of megabytes over a slow line. */
const installLimitMs = 60 * 60_000;
/** How much of what a program says is kept for its error, in characters. */
const maxSaid = 4_096;

/** What runs an installer needs, and who hears what it prints. */
export interface InstallerContext extends Surroundings {
  readonly signal: AbortSignal;
  /** Takes a line of a program's output. */
  readonly onLine: (line: string) => void;
}

/** What a program does, and what is said if it fails. */
interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  /** Where it runs: a folder of our own, never the user's, whose settings would be heeded. */
  readonly folder: string;
  /** What differs from the user's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How the error begins, without a full stop. */
  readonly failure: string;
  /** What is waited for, as in "waiting for the installation of …". */
  readonly doing: string;
  readonly remedies?: readonly Remedy[];
}

/**
 * Finds `uv` on the path; `undefined` if there is none. Never that of the project's folder, which may be anybody's.
 *
 * @param folder of the project
 */
export async function findUv(
  folder: string,
  surroundings: Pick<Surroundings, 'env' | 'home' | 'platform'>,
): Promise<string | undefined> {
  const { env, platform } = surroundings;
  const kept: string[] = [];
  for (const one of (env['PATH'] ?? env['Path'] ?? '').split(delimiter))
    if (!(await isOfProject(one, folder, surroundings))) kept.push(one);
  return findProgram('uv', { env: { PATH: kept.join(delimiter) }, platform });
}

/**
 * Runs a program of an installer to its end, with what it started, and tells what it prints.
 *
 * @throws ClusterError `PYTHON_INSTALL_FAILED` with the last lines of what it said; `WAIT_TIMEOUT`
 */
export async function runInstaller(run: ProgramRun, context: InstallerContext): Promise<void> {
  const { signal } = context;
  signal.throwIfAborted();
  const limit = timeLimit(installLimitMs, signal);
  const env = { ...context.env, ...run.env };
  const child = spawn(run.program, run.args, {
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
    cwd: run.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that stopping it stops what it started as well.
    detached: context.platform !== 'win32',
  });
  let said = '';
  const hear = (line: string): void => {
    const clean = redact(plainText(line), []).trim();
    if (clean === '') return;
    said = `${said}${clean}\n`.slice(-maxSaid);
    context.onLine(clean);
  };
  const streams = [child.stdout, child.stderr].map((input) =>
    createInterface({ input, crlfDelay: Infinity }).on('line', hear),
  );
  const ended = stopGroupOnAbort(child, limit);
  try {
    // 'close', not 'exit', also when it is stopped: a caller that removes its files then has nobody write new ones.
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => reject(failed(error.message, error)));
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    if (limit.aborted)
      throw new ClusterError(
        'WAIT_TIMEOUT',
        `Timed out after ${installLimitMs / 60_000} min waiting for ${run.doing}.`,
      );
    if (code !== 0) throw failed(reasonIn(said) || `exit code ${code ?? 'unknown'}`);
  } finally {
    ended();
    for (const stream of streams) stream.close();
  }

  function failed(why: string, cause?: unknown): ClusterError {
    return new ClusterError('PYTHON_INSTALL_FAILED', `${run.failure}: ${why.replace(/\.$/, '')}.`, {
      cause,
      details: { program: run.program, output: said },
      remedies:
        run.remedies ??
        advice('Check the network connection and the package index that is configured for pip.'),
    });
  }
}

/** What a program gives as the reason why it failed: its lines of errors, else its last one. */
function reasonIn(said: string): string {
  const lines = said.trim().split('\n');
  const errors = lines.filter((line) => /^(?:error\b|×|╰─▶|caused by)/i.test(line));
  return (errors.length > 0 ? errors.slice(-2).join(' ') : (lines.at(-1) ?? '')).slice(0, 1_000);
}

/** The certificates that are trusted here, for pip and uv, which have their own: unless the user told them. */
export async function installerCertificates(
  folder: string,
  context: WebSurroundings,
): Promise<Readonly<Record<string, string>>> {
  const { env } = context;
  if (env['PIP_CERT'] || env['REQUESTS_CA_BUNDLE'] || env['CURL_CA_BUNDLE']) return {};
  const trusted = await trustedCertificates(context);
  if (trusted === undefined) return {};
  const file = join(folder, 'certificates.pem');
  await writeFile(file, trusted.map((pem) => `${pem.trim()}\n`).join(''));
  return { PIP_CERT: file, ...(env['SSL_CERT_FILE'] ? {} : { SSL_CERT_FILE: file }) };
}
