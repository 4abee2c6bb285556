import type { ShellSession } from '../model/session.ts';

/** A terminal with a user at it. */
export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** What kind it is, as in `TERM`. */
  readonly kind: string;
}

/**
 * Connects a terminal with a shell until the shell ends; gives its exit code. Every key goes there, Ctrl-C too.
 *
 * @param signal the terminal has ended, and the shell with it
 */
export async function attach(
  session: ShellSession,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const { input, output, kind } = terminal;
  const size = (): { columns: number; rows: number } => ({
    columns: output.columns || 80,
    rows: output.rows || 24,
  });
  const shell = await session.open(size(), kind);
  const isTerminal = (input.isTTY as boolean | undefined) === true;
  if (isTerminal) input.setRawMode(true);
  const onKey = (keys: Buffer): void => void shell.write(keys);
  const onHangup = (): void => {
    shell.close();
  };
  if (signal.aborted) onHangup();
  signal.addEventListener('abort', onHangup, { once: true });
  const onResize = (): void => {
    const { columns, rows } = size();
    shell.setWindow(rows, columns, 0, 0);
  };
  input.on('data', onKey);
  output.on('resize', onResize);
  try {
    return await new Promise<number>((resolve) => {
      let code = 0;
      shell.on('data', (chunk) => output.write(chunk));
      shell.on('exit', (exit) => (code = exit ?? 1));
      shell.on('close', () => resolve(code));
    });
  } finally {
    signal.removeEventListener('abort', onHangup);
    input.off('data', onKey);
    output.off('resize', onResize);
    if (isTerminal && !signal.aborted) input.setRawMode(false);
    input.pause();
  }
}
