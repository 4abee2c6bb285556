import { PassThrough } from 'node:stream';
import { Client, type ElicitRequest, type ElicitResult } from '@modelcontextprotocol/client';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { systemClock } from '../../src/base/clock.ts';
import type { CliIo, InterruptKind } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';
import { FlintrockEngine } from '../../src/engine/flintrock.ts';
import { MemoryProvider } from './memory-provider.ts';

/** The two kinds of clients: with today's protocol, and with those before it. */
export type Era = 'legacy' | 'modern';

/** How an agent's client is set up. */
interface AgentOptions {
  readonly provider?: MemoryProvider;
  readonly era?: Era;
  /** What the user answers; absent: the client can't ask. */
  readonly answer?: (message: string) => ElicitResult | Promise<ElicitResult>;
  /** Flags behind `flintrock mcp`. */
  readonly flags?: readonly string[];
  readonly cwd?: string;
}

/** What a tool gave. */
interface ToolOutcome {
  readonly isError: boolean;
  readonly text: string;
}

/** A client that has started `flintrock mcp`. */
export interface AgentClient {
  readonly client: Client;
  /** What the user was asked. */
  readonly questions: string[];
  readonly written: { stdout: string; stderr: string };
  readonly call: (name: string, input?: Record<string, unknown>) => Promise<ToolOutcome>;
  /** Sends the server a signal. */
  readonly interrupt: (kind: InterruptKind) => void;
  /** Resolves with the exit code of the server. */
  readonly ended: Promise<number>;
  readonly close: () => Promise<number>;
}

/** Gives the text of a tool's result. */
export function outcomeOf({
  isError,
  content,
}: {
  isError?: boolean | undefined;
  content?: unknown;
}): ToolOutcome {
  const texts = (content as { type: string; text?: string }[]).map(({ text = '' }) => text);
  return { isError: isError === true, text: texts.join('\n') };
}

/** A client with a user who answers. */
function askingClient(answer: AgentOptions['answer'], era: Era, questions: string[]): Client {
  const client = new Client(
    { name: 'test', version: '1' },
    {
      capabilities: answer === undefined ? {} : { elicitation: { form: {} } },
      versionNegotiation: { mode: era === 'modern' ? { pin: '2026-07-28' } : 'legacy' },
    },
  );
  if (answer !== undefined)
    client.setRequestHandler('elicitation/create', async ({ params }: ElicitRequest) => {
      questions.push(params.message);
      return answer(params.message);
    });
  return client;
}

/** Runs `flintrock mcp` in this process, on clusters in memory, with the SDK's client at the other end of its pipes. */
export async function startAgent(options: AgentOptions = {}): Promise<AgentClient> {
  const { provider = new MemoryProvider(), era = 'legacy', answer, flags = [] } = options;
  const written = { stdout: '', stderr: '' };
  const questions: string[] = [];
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  const listeners = new Set<(kind: InterruptKind) => void>();
  const outputOf = (name: 'stdout' | 'stderr'): CliIo['stdout'] => ({
    isTTY: false,
    columns: undefined,
    rows: undefined,
    write: (text) => void (written[name] += String(text)),
  });
  const loader = { load: () => Promise.resolve(provider), isSetUp: () => Promise.resolve(true) };
  const io: CliIo = {
    stdout: outputOf('stdout'),
    stderr: outputOf('stderr'),
    stdinIsTTY: false,
    env: {},
    cwd: options.cwd ?? '/nowhere',
    home: '/nowhere/home',
    platform: 'linux',
    clock: systemClock,
    version: () => Promise.resolve('1.2.3'),
    question: () => Promise.reject(new Error('there is no terminal')),
    readLine: () => Promise.reject(new Error('standard input is the protocol’s')),
    takeStdio: () => Promise.resolve({ input: toServer, output: toClient }),
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onExit: () => () => undefined,
    makeEngine: (host, configFile) =>
      Promise.resolve(
        new FlintrockEngine({ host, configFile, surroundings: io, providers: { local: loader } }),
      ),
    attach: () => Promise.reject(new Error('no shell is opened here')),
    run: () => Promise.reject(new Error('no program is run here')),
  };
  const ended = main(['mcp', ...flags], io);
  const client = askingClient(answer, era, questions);
  // Lines of JSON in both directions: what serves a server serves a client.
  await client.connect(new StdioServerTransport(toClient, toServer));
  return {
    client,
    questions,
    written,
    ended,
    call: async (name, input = {}) => outcomeOf(await client.callTool({ name, arguments: input })),
    interrupt: (kind) => listeners.forEach((listener) => listener(kind)),
    close: async () => {
      await client.close();
      toServer.end();
      return ended;
    },
  };
}
