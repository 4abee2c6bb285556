import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { PortForward } from '../model/session.ts';
import type { SshConnection } from './connection.ts';

const loopback = '127.0.0.1';

/**
 * A port of this machine that leads to `host:port` as seen from the other side of a connection; it owns the connection, and ends
 * with it. It listens on loopback only.
 */
export async function forwardPort(
  ssh: SshConnection,
  host: string,
  port: number,
): Promise<PortForward> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    ssh.forward(host, port).then(
      (stream) => {
        stream.on('error', () => socket.destroy());
        stream.once('close', () => socket.destroy());
        socket.once('close', () => stream.destroy());
        socket.pipe(stream).pipe(socket);
      },
      // Nobody listens there: the browser says so.
      () => socket.destroy(),
    );
  });
  server.listen(0, loopback);
  await once(server, 'listening');
  const shut = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return {
    host: loopback,
    port: (server.address() as AddressInfo).port,
    closed: ssh.closed.then(shut),
    close: async () => {
      shut();
      await ssh.close();
    },
  };
}
