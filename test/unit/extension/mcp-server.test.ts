import { describe, expect, it, vi } from 'vitest';
import { registerMcpServer } from '../../../src/extension/tools/mcp-server.ts';
import { extensionServices } from '../../helpers/extension-services.ts';
import { lm } from '../../helpers/vscode-stand-in.ts';

vi.mock('vscode', () => import('../../helpers/vscode-stand-in.ts'));

const services = extensionServices({
  engine: () => {
    throw new Error('no engine is needed to offer a server');
  },
  listing: () => ({ clusters: [], problems: [], profile: undefined }),
});
const program = {
  execPath: '/opt/editor/node',
  cli: '/ext/dist/extension/cli.js',
  version: '1.2.3',
  network: () => ({ HTTPS_PROXY: 'http://proxy:3128', PATH: '/bin' }),
};

describe('the MCP server of the extension', () => {
  it('is the command line that comes with it, run by the editor’s own Node', async () => {
    registerMcpServer(services, program);
    const [server] =
      (await lm.providers.get('flintrock.clusters')?.provideMcpServerDefinitions()) ?? [];
    expect(server).toMatchObject({
      label: 'Flintrock',
      command: '/opt/editor/node',
      args: ['/ext/dist/extension/cli.js', 'mcp'],
      env: { ELECTRON_RUN_AS_NODE: '1', HTTPS_PROXY: 'http://proxy:3128' },
      version: '1.2.3',
    });
    // The rest of the environment is the editor's to give.
    expect(server?.env).not.toHaveProperty('PATH');
  });

  it('is not offered where the editor knows no MCP servers', () => {
    lm.providers.clear();
    lm.registerMcpServerDefinitionProvider = undefined;
    expect(() => registerMcpServer(services, program)).not.toThrow();
    expect(lm.providers.size).toBe(0);
  });
});
