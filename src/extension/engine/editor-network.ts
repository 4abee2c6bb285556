import * as tls from 'node:tls';
import * as vscode from 'vscode';
import type { Surroundings } from '../../base/surroundings.ts';

type Environment = Surroundings['env'];

/** `getCACertificates` is there since Node 22.15, which every VS Code has that this extension runs in. */
const { getCACertificates } = tls as {
  readonly getCACertificates?: (kind: 'system') => readonly string[];
};

let systemCertificates: readonly string[] | undefined;

/** How the web is reached by the editor's settings (`http.*`): for the engine, which makes its own connections. */
export function editorNetwork(
  env: Environment,
): Pick<Surroundings, 'env' | 'authorities' | 'trustsAnyProxy'> {
  const http = vscode.workspace.getConfiguration('http');
  const isOff = http.get<string>('proxySupport') === 'off';
  return {
    env: isOff ? env : withProxy(env, http.get<string>('proxy'), http.get<string[]>('noProxy')),
    authorities: () =>
      http.get<boolean>('systemCertificates') === false
        ? []
        : (systemCertificates ??= getCACertificates?.('system') ?? []),
    trustsAnyProxy: http.get<boolean>('proxyStrictSSL') === false,
  };
}

/** The environment with the proxy that the settings name in place of its own. */
function withProxy(
  env: Environment,
  proxy: string | undefined,
  exceptions: readonly string[] | undefined,
): Environment {
  const url = proxy?.trim();
  return {
    ...env,
    ...(url && {
      ...{ HTTP_PROXY: url, HTTPS_PROXY: url },
      // The small letters come first.
      ...{ http_proxy: undefined, https_proxy: undefined },
    }),
    ...(exceptions !== undefined &&
      exceptions.length > 0 && { NO_PROXY: exceptions.join(','), no_proxy: undefined }),
  };
}
