import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { EngineEvent } from '../../src/model/events.ts';
import type { LocalLab } from './local-lab.ts';

/** The built library, as others import it. */
const library = new URL('../../dist/index.js', import.meta.url).href;

/** How a client process ended: what its code gave, or the error that it threw. */
interface ClientOutcome {
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A process of its own that uses the library: it can be killed, as a closed laptop kills it. */
export interface ClientProcess {
  readonly child: ChildProcess;
  readonly events: EngineEvent[];
  /** Resolves when the process has ended; empty if it was killed. */
  readonly outcome: Promise<ClientOutcome>;
}

/**
 * Runs code that uses `flintrock`, an engine in `lab`, in another process.
 *
 * @param code body of an async function
 * @param wrapper a command line that runs node's, such as `unshare -m`
 */
export async function runClient(
  lab: Pick<LocalLab, 'env' | 'home'>,
  code: string,
  { env = {}, wrapper = [] }: { env?: Record<string, string>; wrapper?: readonly string[] } = {},
): Promise<ClientProcess> {
  const surroundings = { env: { ...lab.env, ...env }, home: lab.home, cwd: lab.home };
  const script = join(lab.home, `client-${Math.random().toString(36).slice(2)}.mjs`);
  await writeFile(
    script,
    `import { Flintrock } from '${library}';
const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
const flintrock = new Flintrock({
  host: { notify: (event) => say({ event }), ask: (question) => Promise.resolve(question.default) },
  surroundings: ${JSON.stringify(surroundings)},
});
try {
  say({ result: (await (async () => { ${code} })()) ?? null });
} catch (error) {
  say({ error: { code: error.code ?? error.name, message: error.message } });
}
`,
  );
  const [file, ...args] = [...wrapper, process.execPath, script];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const events: EngineEvent[] = [];
  let outcome: ClientOutcome = {};
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as ClientOutcome & { event?: EngineEvent };
    if (message.event === undefined) outcome = message;
    else events.push(message.event);
  });
  return {
    child,
    events,
    outcome: new Promise((resolve) => child.once('close', () => resolve(outcome))),
  };
}
