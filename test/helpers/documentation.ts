import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { LocalLab } from './local-lab.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** How a command ended. */
export interface CommandRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The code of a page of `docs/` in a language, block by block. */
export function blocksOf(page: string, language: string): string[] {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  const block = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm');
  return [...text.matchAll(block)].map(([, code = '']) => code);
}

/** The commands that a page of `docs/` shows, in its order. */
export function commandsOf(page: string): string[] {
  return blocksOf(page, 'sh').flatMap((block) => block.trim().split('\n'));
}

/** What is done while a command runs. */
export interface CommandWork {
  /** The configuration that `launch` and `run` take, so that what they launch fits a small machine. */
  readonly config?: string;
  /** Whether what was printed is enough: then Ctrl-C is pressed. */
  readonly isEnough?: (stdout: string) => Promise<boolean>;
}

/** Runs a command of a page as its reader does, in the home of a lab, or of somebody else. */
export function runDocumented(
  lab: Pick<LocalLab, 'home'> & { readonly env: Readonly<Record<string, string | undefined>> },
  line: string,
  { config, isEnough }: CommandWork = {},
): Promise<CommandRun> {
  const [program, verb = '', ...rest] = line.split(' ');
  expect(program).toBe('flintrock');
  const launches = verb === 'run' || verb === 'launch';
  const args = config !== undefined && launches ? ['--config', config, ...rest] : rest;
  const child = spawn(execPath, [join(root, 'dist/cli.js'), verb, ...args], {
    cwd: lab.home,
    env: { ...lab.env, HOME: lab.home, FLINTROCK_OUTPUT: 'table' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    void isEnough?.(stdout).then((enough) => enough && child.kill('SIGINT'));
  });
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
