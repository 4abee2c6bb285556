import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { timeLimit } from '../../base/time-limit.ts';
import {
  isUntrusted,
  untrustedAdvice,
  webAgent,
  type WebSurroundings,
} from '../../base/web-agent.ts';
import { ClusterError } from '../../model/errors.ts';
import { limitedText, maxArchiveBytes, maxNoteBytes } from '../../model/limits.ts';
import { advice } from '../../model/remedy.ts';

/** How long a source may take to answer at all before the next one is tried. */
const answerLimitMs = 5_000;
/** When a source that is busy is asked again: all within the time that it has to answer at all. */
const busyPausesMs = [500, 1_000, 2_000];
/** How often a source may send on. */
const maxRedirects = 10;
/** How long a transfer may stand still. */
const stallLimitMs = 30_000;

/** How the web is reached, and until when. */
export interface WebAccess extends WebSurroundings {
  readonly signal: AbortSignal;
}

/** Told while a download goes on; `total` is `null` if the source doesn't say. */
export type ProgressListener = (bytes: number, total: number | null) => void;

/**
 * Size of what stands at an address, found without fetching it.
 *
 * @returns bytes; `null` if the source answers but doesn't say; `undefined` if it doesn't serve this
 */
export async function probeSize(
  url: string,
  { signal, ...web }: WebAccess,
): Promise<number | null | undefined> {
  try {
    if (url.startsWith('file:')) {
      return (await stat(fileURLToPath(url))).size;
    }
    const limit = timeLimit(answerLimitMs, signal);
    const response = await follow(url, 'HEAD', { ...web, signal: limit });
    response.resume();
    if (!isOk(response)) return undefined;
    return lengthOf(response);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/**
 * Fetches a text of a few kilobytes, such as a checksum.
 *
 * @returns `undefined` if the source says there is none (404)
 * @throws ClusterError `DOWNLOAD_FAILED`
 */
export async function fetchText(url: string, web: WebAccess): Promise<string | undefined> {
  const { signal } = web;
  const limit = timeLimit(answerLimitMs, signal);
  const body = await open(url, limit, web);
  if (body === undefined) return undefined;
  try {
    return await limitedText(body.stream, maxNoteBytes, url);
  } catch (error) {
    // What a request that was ended says of itself isn't why.
    throw downloadFailed(url, limit.aborted ? limit.reason : error, signal);
  }
}

/**
 * Fetches a file and gives its SHA-512, hexadecimal. A file that didn't come whole is removed.
 *
 * @throws ClusterError `DOWNLOAD_FAILED`: no answer within 5 s, an answer other than 200, no byte for 30 s, fewer bytes than announced
 */
export async function downloadFile(
  url: string,
  target: string,
  onProgress: ProgressListener,
  web: WebAccess,
): Promise<string> {
  const { signal } = web;
  const stalled = new AbortController();
  const both = AbortSignal.any([signal, stalled.signal]);
  let timer = setTimeout(() => stalled.abort(new Error('no response within 5 s')), answerLimitMs);
  let bytes = 0;
  let total: number | null = null;
  try {
    const body = await open(url, both, web);
    if (body === undefined) throw new Error('HTTP 404');
    total = body.total;
    const hash = createHash('sha512');
    const watch = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        clearTimeout(timer);
        timer = setTimeout(() => stalled.abort(new Error('no data for 30 s')), stallLimitMs);
        bytes += chunk.length;
        if (bytes > maxArchiveBytes) {
          done(new Error(`more than ${maxArchiveBytes / 1e9} GB received`));
          return;
        }
        hash.update(chunk);
        onProgress(bytes, body.total);
        done(null, chunk);
      },
    });
    onProgress(0, body.total);
    await pipeline(body.stream, watch, createWriteStream(target, { mode: 0o600 }), {
      signal: both,
    });
    if (body.total !== null && bytes !== body.total) throw new Error('it has another length');
    return hash.digest('hex');
  } catch (error) {
    await rm(target, { force: true });
    if (stalled.signal.aborted) throw downloadFailed(url, stalled.signal.reason, signal);
    // Whatever the connection ended by: some servers close it in good order.
    const truncated =
      bytes > 0 && total !== null && bytes < total
        ? new Error(`the file is truncated: connection closed after ${bytes} of ${total} bytes`)
        : undefined;
    throw downloadFailed(url, truncated ?? error, signal);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The hash in a checksum file: Apache writes `HASH  NAME`, `NAME: HA SH …` over several lines, or the hash alone.
 *
 * @returns 128 lower-case hexadecimal digits, or `undefined` if there are none
 */
export function parseSha512(text: string): string | undefined {
  const plain = /(?:^|\s)([0-9a-fA-F]{128})(?:\s|$)/.exec(text)?.[1];
  if (plain !== undefined) return plain.toLowerCase();
  const joined = text.slice(text.indexOf(':') + 1).replaceAll(/\s+/g, '');
  return /^[0-9a-fA-F]{128}$/.test(joined) ? joined.toLowerCase() : undefined;
}

/**
 * The SHA-512 that a checksum file holds.
 *
 * @returns `undefined` if the source says that there is none (404)
 * @throws ClusterError `DOWNLOAD_FAILED`, also for a file that holds no checksum, such as the page of a network's login
 */
export async function fetchSha512(url: string, web: WebAccess): Promise<string | undefined> {
  const text = await fetchText(url, web);
  if (text === undefined) return undefined;
  const sha512 = parseSha512(text);
  if (sha512 === undefined)
    throw new ClusterError('DOWNLOAD_FAILED', `${url}: not a SHA-512 checksum.`, {
      details: { url },
    });
  return sha512;
}

/** Whether a source that sends on is believed: one that was asked by https never sends to anything else. */
export function mayFollow(from: URL, to: URL): boolean {
  return to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:');
}

/** Asks, and follows where it is sent on to: from https never to anything else. */
async function follow(
  url: string,
  method: 'GET' | 'HEAD',
  { signal, ...web }: WebAccess,
): Promise<IncomingMessage> {
  let address = new URL(url);
  const agent = await webAgent(web);
  for (let steps = 0; steps <= maxRedirects; steps += 1) {
    const response = await ask(address, { method, signal, ...(agent !== undefined && { agent }) });
    const { statusCode = 0 } = response;
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return response;
    response.destroy();
    const next = new URL(location, address);
    if (!mayFollow(address, next))
      throw new Error(
        `redirects from ${address.protocol}// to ${next.protocol}// are not followed`,
      );
    address = next;
  }
  throw new Error(`redirects in a loop (more than ${maxRedirects} redirects)`);
}

// A source that is busy (429, 5xx) is asked again, each time later.
async function followPatiently(url: string, web: WebAccess): Promise<IncomingMessage> {
  for (const pause of busyPausesMs) {
    const response = await follow(url, 'GET', web);
    const { statusCode = 0 } = response;
    if (statusCode !== 429 && statusCode < 500) return response;
    response.destroy();
    await sleep(pause, undefined, { signal: web.signal });
  }
  return follow(url, 'GET', web);
}

/** One request, to the head of its answer. */
function ask(address: URL, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = address.protocol === 'https:' ? httpsRequest : httpRequest;
    send(address, options, resolve).once('error', reject).end();
  });
}

interface Body {
  readonly stream: Readable;
  readonly total: number | null;
}

async function open(
  url: string,
  limit: AbortSignal,
  { signal, ...web }: WebAccess,
): Promise<Body | undefined> {
  if (url.startsWith('file:')) {
    const path = fileURLToPath(url);
    const found = await stat(path).catch(() => undefined);
    return found && { stream: createReadStream(path), total: found.size };
  }
  let response: IncomingMessage;
  try {
    response = await followPatiently(url, { ...web, signal: limit });
  } catch (error) {
    throw downloadFailed(url, limit.aborted ? limit.reason : error, signal);
  }
  if (isOk(response)) return { stream: response, total: lengthOf(response) };
  // What isn't read is let go: it would hold its connection, and with it this process, until the source has sent it all.
  response.destroy();
  if (response.statusCode === 404) return undefined;
  const status = response.statusCode ?? 0;
  throw downloadFailed(
    url,
    new Error(
      status === 407 ? 'the proxy requires a valid user name and password' : `HTTP ${status}`,
    ),
    signal,
  );
}

function isOk({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

// The length is of what is sent: it says nothing where the transfer itself is compressed.
function lengthOf({ headers }: IncomingMessage): number | null {
  const length = headers['content-length'];
  return length === undefined || headers['content-encoding'] !== undefined ? null : Number(length);
}

function downloadFailed(url: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof ClusterError) return error;
  return new ClusterError('DOWNLOAD_FAILED', `${url}: ${rootMessage(error)}`, {
    cause: error,
    details: { url },
    remedies: isUntrusted(error) ? advice(untrustedAdvice) : [],
  });
}

function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no response within 5 s';
  // A host with several addresses has an error for each, and none of its own.
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return first === undefined ? error.message || error.name : rootMessage(first);
}
