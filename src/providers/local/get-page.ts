import { get } from 'node:http';
import { loopback } from './ports.ts';

/** The text of a page that a daemon of this machine serves; rejects on anything but 200. */
export function getPage(port: number, path: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: loopback, port, path, signal, timeout: 5_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve(text);
        else
          reject(new Error(`${path} on port ${port} answered ${response.statusCode ?? 'nothing'}`));
      });
    });
    request.once('error', reject);
    request.once('timeout', () =>
      request.destroy(new Error(`${path} on port ${port}: no answer within 5 s`)),
    );
  });
}
