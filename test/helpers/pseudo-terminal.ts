import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** What a user sees, and how the command line ended: a code, or minus a signal. */
export interface TerminalOutcome {
  readonly screen: string;
  readonly code: number;
}

/**
 * Runs the built command line in a real terminal of its own; as soon as a text has appeared, types something there, or closes it.
 *
 * @param typed what is typed, with its line end; `null` closes the terminal
 */
export async function inTerminal(
  { home, env }: { home: string; env: Readonly<Record<string, string | undefined>> },
  args: readonly string[],
  text: string,
  typed: string | null,
): Promise<TerminalOutcome> {
  const script = join(home, 'terminal.py');
  writeFileSync(
    script,
    `import json, os, pty, sys
text, typed = sys.argv[1].encode(), json.loads(sys.argv[2])
pid, fd = pty.fork()
if pid == 0: os.execvp(sys.argv[3], sys.argv[3:])
out, done = b"", False
while True:
    try: piece = os.read(fd, 4096)
    except OSError: break
    if not piece: break
    out += piece
    if done or text not in out: continue
    done = True
    if typed is None:
        os.close(fd)
        break
    os.write(fd, typed.encode())
_, status = os.waitpid(pid, 0)
print(json.dumps({"screen": out.decode(), "code": os.waitstatus_to_exitcode(status)}))
`,
  );
  const { stdout } = await promisify(execFile)(
    'python3',
    [script, text, JSON.stringify(typed), process.execPath, resolve('dist/cli.js'), ...args],
    { cwd: home, env: { ...env, HOME: home, NO_COLOR: '1', TERM: 'xterm' } },
  );
  return JSON.parse(stdout) as TerminalOutcome;
}
