import { readFile } from 'node:fs/promises';
import type * as http from 'node:http';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type AgentOptions } from 'node:https';
import { isIP, isIPv6 } from 'node:net';
import { rootCertificates } from 'node:tls';
import { Agent, type AgentConnectOpts } from 'agent-base';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { isInNetwork } from './network.ts';
import type { Surroundings } from './surroundings.ts';

/** What says how the web is reached: by which proxies, and which certificates are trusted. */
export type WebSurroundings = Pick<Surroundings, 'env' | 'authorities' | 'trustsAnyProxy'>;

/** Variables that name a file of certificate authorities to trust beside Node's own: AWS's tools know the first one, Node the other. */
const bundleVariables = ['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'] as const;

/**
 * The proxy on the way to an address, by `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capital or small letters;
 * `undefined` if there is none. Nothing on this machine is reached by a proxy.
 */
export function proxyFor(
  address: URL,
  env: Surroundings['env'],
): { readonly url: URL; readonly variable: string } | undefined {
  const host = address.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isLoopback(host)) return undefined;
  const scheme = address.protocol.replace(':', '');
  const port = address.port || (scheme === 'https' ? '443' : '80');
  const exceptions = env['no_proxy'] ?? env['NO_PROXY'] ?? '';
  if (exceptions.split(/[\s,]+/).some((one) => isException(one.toLowerCase(), host, port)))
    return undefined;
  for (const name of [`${scheme}_proxy`, 'all_proxy'])
    for (const variable of [name, name.toUpperCase()]) {
      const value = env[variable]?.trim();
      if (!value) continue;
      return { url: proxyUrl(value, variable), variable };
    }
  return undefined;
}

/**
 * Certificates to trust, as PEM: Node's own, those of the system if the host knows them, and those that the user names.
 *
 * @returns `undefined` if Node's own are all there is
 */
export async function trustedCertificates({
  env,
  authorities,
}: WebSurroundings): Promise<string[] | undefined> {
  const named = await Promise.all(
    bundleVariables.flatMap((variable) => {
      const path = env[variable];
      return path ? [readBundle(path, variable)] : [];
    }),
  );
  const more = [...named, ...(authorities?.() ?? [])].filter((text) => text !== '');
  return more.length === 0 ? undefined : [...rootCertificates, ...more];
}

/**
 * What makes the connections of requests, straight or by a proxy, as each address needs it: for `http:` and `https:`.
 *
 * @returns `undefined` if Node's own agents do: there is no proxy, and no other certificate
 */
export async function webAgent(surroundings: WebSurroundings): Promise<http.Agent | undefined> {
  const ca = await trustedCertificates(surroundings);
  const { env } = surroundings;
  const hasProxy = ['http_proxy', 'https_proxy', 'all_proxy'].some(
    (name) => env[name] || env[name.toUpperCase()],
  );
  return ca === undefined && !hasProxy ? undefined : new WebAgent(surroundings, ca);
}

class WebAgent extends Agent {
  readonly #surroundings: WebSurroundings;
  readonly #options: AgentOptions;
  /** By proxy and kind of address: each keeps its connections. */
  readonly #agents = new Map<string, http.Agent>();

  constructor(surroundings: WebSurroundings, ca: string[] | undefined) {
    const options = { keepAlive: true, ...(ca !== undefined && { ca }) };
    super(options);
    this.#surroundings = surroundings;
    this.#options = options;
  }

  override connect(_request: http.ClientRequest, target: AgentConnectOpts): http.Agent {
    const { secureEndpoint: isSecure, port } = target;
    const host = target.host ?? 'localhost';
    const address = new URL(
      `${isSecure ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${port}/`,
    );
    const proxy = proxyFor(address, this.#surroundings.env)?.url;
    const key = `${address.protocol} ${proxy?.href ?? ''}`;
    const agent = this.#agents.get(key) ?? this.#make(isSecure, proxy);
    this.#agents.set(key, agent);
    return agent;
  }

  #make(isSecure: boolean, proxy: URL | undefined): http.Agent {
    if (proxy === undefined)
      return isSecure ? new HttpsAgent(this.#options) : new HttpAgent({ keepAlive: true });
    const options = {
      ...this.#options,
      ...(this.#surroundings.trustsAnyProxy === true && { rejectUnauthorized: false }),
    };
    return isSecure ? new HttpsProxyAgent(proxy, options) : new HttpProxyAgent(proxy, options);
  }

  override destroy(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    super.destroy();
  }
}

function proxyUrl(value: string, variable: string): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  // Whatever is wrong with it, it may hold a password.
  if (!URL.canParse(text)) throw new Error(`${variable} is not the URL of a proxy`);
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol))
    throw new Error(
      `${variable} names a proxy of the kind ${url.protocol}//, which is not supported`,
    );
  return url;
}

function isException(exception: string, host: string, port: string): boolean {
  if (exception === '') return false;
  if (exception === '*') return true;
  if (isInNetwork(host, exception)) return true;
  const [, name = exception, only] = isIPv6(exception)
    ? []
    : (/^\[?(.*?)\]?(?::(\d+))?$/.exec(exception) ?? []);
  if (only !== undefined && only !== port) return false;
  const domain = name.replace(/^\*?\./, '');
  return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
}

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '::1' ||
    /^127\.\d+\.\d+\.\d+$/.test(host)
  );
}

async function readBundle(path: string, variable: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(
      `the file of certificate authorities in ${variable} can’t be read: ${path} (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
      { cause: error },
    );
  }
}

/** Whether a server's certificate, or a proxy's, isn't trusted here (Node.js, "X509 certificate error codes"). */
export function isUntrusted(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return (
    typeof code === 'string' &&
    /^(UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_|CERT_|ERR_TLS_CERT_|INVALID_CA|HOSTNAME_MISMATCH)/.test(
      code,
    )
  );
}

/** What to do about {@link isUntrusted}. */
export const untrustedAdvice =
  'If your network inspects encrypted connections, name the file of its certificate authority (PEM) in AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS.';
