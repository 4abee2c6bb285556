import type { Command } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { usageError } from '../parsing/usage-error.ts';

/** `flintrock mcp` */
export const mcpCommand: Command = {
  name: 'mcp',
  description: [
    'Runs an MCP server, which offers these commands as tools to AI agents. An MCP client, such as an editor or an agent, starts it and talks to it over standard input and output.',
    'Tools that cost money or delete something ask the user for confirmation through the client (elicitation). They are refused if the client can’t ask, unless --allow-write is set.',
  ],
  positionals: [],
  verb: null,
  readsConfig: true,
  flags: [
    {
      name: 'allow-write',
      help: 'Allow tools that cost money or delete something without confirmation',
    },
  ],
  examples: [
    { command: 'flintrock mcp', does: 'Serve an MCP client, which starts this command' },
    {
      command: 'flintrock mcp --provider local --allow-write',
      does: 'Let an agent manage clusters on this machine without confirmation',
    },
  ],
  async run({ flags, values, session }) {
    const { io } = session;
    if (io.stdinIsTTY)
      throw usageError(
        'An MCP client starts "flintrock mcp" and talks to it over standard input and output; it is not for use in a terminal',
        'mcp',
      );
    const [{ serveAgents }, { StdioServerTransport }] = await Promise.all([
      import('../mcp/server.ts'),
      import('@modelcontextprotocol/server/stdio'),
    ]);
    const { input, output } = await io.takeStdio();
    const transport = new StdioServerTransport(input, output);
    const mayChange = flags.has('allow-write');
    const serving = { session, values, mayChange, pages: new Map() };
    await serveAgents(serving, transport, await io.version());
    return exitCodes.done;
  },
};
