import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { ClusterError } from '../../../model/errors.ts';
import { advice } from '../../../model/remedy.ts';

/** The address that everything of a local cluster is bound to. */
export const loopback = '127.0.0.1';

/** A connection to a server of this machine. */
export async function connectTo(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/**
 * Ports that are free now, all different.
 *
 * The system gives them out from its range for outgoing connections, so one may be taken again before it is used: a caller that
 * starts a daemon on one must be ready to see it fail, and ask again.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    return await Promise.all(
      servers.map(
        (server) =>
          new Promise<number>((resolve, reject) => {
            server.once('error', reject);
            server.listen({ host: loopback, port: 0 }, () => {
              const address = server.address();
              resolve(typeof address === 'object' && address !== null ? address.port : 0);
            });
          }),
      ),
    );
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/** The error of a port that somebody else listens on. */
export function portTaken(port: number, key: string): ClusterError {
  return new ClusterError('PORT_TAKEN', `Port ${port} is in use by another program.`, {
    remedies: advice(`Use another port (${key}), or remove the option to use a free port.`),
    details: { port, key },
  });
}
