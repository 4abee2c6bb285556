import * as vscode from 'vscode';
import type { Attachments } from '../attachments.ts';
import { findInterpreter } from './interpreter.ts';

/** Types of debug configurations that run Python. */
const types = ['debugpy', 'python'] as const;

/** Lets Python programs that are run or debugged in an attached folder use its cluster. */
export function attachedDebugging(attachments: Attachments): vscode.Disposable {
  const { Dynamic } = vscode.DebugConfigurationProviderTriggerKind;
  return vscode.Disposable.from(
    ...types.map((type) =>
      vscode.debug.registerDebugConfigurationProvider(type, new EnvironmentResolver(attachments)),
    ),
    vscode.debug.registerDebugConfigurationProvider(
      'debugpy',
      new CurrentFileProvider(attachments),
      Dynamic,
    ),
  );
}

class EnvironmentResolver implements vscode.DebugConfigurationProvider {
  readonly #attachments: Attachments;

  constructor(attachments: Attachments) {
    this.#attachments = attachments;
  }

  // In the second phase: the first is where the Python extension makes a configuration of none.
  async resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration> {
    const attachment = this.#attachments.ofFolder(folder);
    if (attachment === undefined || configuration.request !== 'launch') return configuration;
    const python: unknown =
      configuration['python'] ??
      configuration['pythonPath'] ??
      (await findInterpreter(attachment.folder));
    return attachedConfiguration(configuration, attachment.environment, python);
  }
}

/**
 * A debug configuration that uses a connection. The variables of a program that runs in a terminal are typed there, as arguments that all
 * can see: the secret comes to it as to every new terminal.
 */
export function attachedConfiguration(
  configuration: vscode.DebugConfiguration,
  environment: Readonly<Record<string, string>>,
  python: unknown,
): vscode.DebugConfiguration {
  const isInternal = configuration['console'] === 'internalConsole';
  const { SPARK_REMOTE, ...secrets } = environment;
  return {
    ...configuration,
    // An external terminal has none of the variables of ours.
    ...(!isInternal && { console: 'integratedTerminal' }),
    ...(python !== undefined && configuration['pythonPath'] === undefined && { python }),
    env: {
      SPARK_REMOTE,
      ...(isInternal && secrets),
      ...(configuration['env'] as Record<string, string> | undefined),
    },
  };
}

/** "Spark: Current File" among the configurations that can be run without a `launch.json`, with the folder's interpreter. */
class CurrentFileProvider implements vscode.DebugConfigurationProvider {
  readonly #attachments: Attachments;

  constructor(attachments: Attachments) {
    this.#attachments = attachments;
  }

  async provideDebugConfigurations(
    folder: vscode.WorkspaceFolder | undefined,
  ): Promise<vscode.DebugConfiguration[]> {
    const attachment = this.#attachments.ofFolder(folder);
    if (attachment === undefined) return [];
    const python = await findInterpreter(attachment.folder);
    return [
      {
        type: 'debugpy',
        request: 'launch',
        name: vscode.l10n.t('Spark: Current File on "{0}"', attachment.ref.name),
        program: '${file}',
        console: 'integratedTerminal',
        ...(python !== undefined && { python }),
      },
    ];
  }
}
