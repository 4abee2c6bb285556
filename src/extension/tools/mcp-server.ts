import * as vscode from 'vscode';
import { configFile } from '../configuration/config-file.ts';
import type { ExtensionServices } from '../extension-services.ts';

/** As the manifest has it. */
const providerId = 'flintrock.clusters';

/** What the edge knows of the process and of the extension. */
export interface McpProgram {
  /** The program that runs the extension: Node, or an Electron that can be one. */
  readonly execPath: string;
  /** The command line that comes with the extension. */
  readonly cli: string;
  readonly version: string;
  /** How the web is reached by the editor's settings. */
  readonly network: () => Readonly<Record<string, string | undefined>>;
}

/**
 * Offers agents of the editor the MCP server that comes with the extension: it is started when one of them uses it, with the configuration,
 * the folder and the profile that the editor uses.
 */
export function registerMcpServer(
  services: ExtensionServices,
  { execPath, cli, version, network }: McpProgram,
): vscode.Disposable {
  const { engines, settings } = services;
  // Editors that are made of VS Code may have no such thing.
  const register = (vscode.lm as Partial<typeof vscode.lm> | undefined)
    ?.registerMcpServerDefinitionProvider;
  if (register === undefined) return vscode.Disposable.from();
  return register(providerId, {
    onDidChangeMcpServerDefinitions: settings.onDidChange,
    provideMcpServerDefinitions: async () => {
      const file = await configFile(services);
      const { profile } = settings;
      const proxies = Object.entries(network()).filter(([name]) => /_proxy$/i.test(name));
      const server = new vscode.McpStdioServerDefinition(
        'Flintrock',
        execPath,
        [cli, 'mcp', ...(file === undefined ? [] : ['--config', file])],
        {
          ...Object.fromEntries(proxies.map(([name, value]) => [name, value ?? null])),
          ...(profile !== undefined && { AWS_PROFILE: profile }),
          ELECTRON_RUN_AS_NODE: '1',
        },
        version,
      );
      server.cwd = vscode.Uri.file(engines.cwd);
      return [server];
    },
  });
}
