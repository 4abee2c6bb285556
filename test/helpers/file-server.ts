import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request; whatever it doesn't answer hangs. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A web server on the loopback address that answers as a test says, and remembers what it was asked. */
export interface FileServer {
  readonly url: string;
  /** As in `GET /spark/x.tgz`, in order. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Starts a server; `answer` may be a table of bodies by path: any other path is 404. */
export async function serve(answer: Answer | Record<string, Buffer | string>): Promise<FileServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    if (typeof answer === 'function') answer(request, response);
    else sendFile(answer, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Sends a body of the table, or 404. */
export function sendFile(
  bodies: Record<string, Buffer | string>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const body = bodies[request.url ?? ''];
  if (body === undefined) response.writeHead(404).end('there is no such file');
  else
    response
      .writeHead(200, { 'content-length': Buffer.byteLength(body) })
      .end(request.method === 'HEAD' ? undefined : body);
}
