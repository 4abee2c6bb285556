import { get } from 'node:http';
import { timeLimit } from '../../../base/time-limit.ts';
import { limitedText, maxPageBytes } from '../../../model/limits.ts';
import { loopback } from './ports.ts';

/** How long a page may take to begin, and to go on, in milliseconds. */
const idleLimitMs = 5_000;
/** How long a whole page may take, in milliseconds: what listens there may be anybody's. */
const pageLimitMs = 30_000;

/** The text of a page that a daemon of this machine serves; rejects on anything but 200. */
export function getPage(port: number, path: string, signal: AbortSignal): Promise<string> {
  const limit = timeLimit(pageLimitMs, signal);
  const what = `${path} on port ${port}`;
  return new Promise((resolve, reject) => {
    const request = get(
      { host: loopback, port, path, signal: limit, timeout: idleLimitMs },
      (response) => {
        limitedText(response, maxPageBytes, what).then((text) => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${what} responded with ${response.statusCode ?? 'nothing'}`));
        }, reject);
      },
    );
    request.once('error', reject);
    request.once('timeout', () => request.destroy(new Error(`${what} did not respond within 5 s`)));
  });
}
