import { afterEach, describe, expect, it } from 'vitest';
import { makeSshKey } from '../../../src/node/bootstrap/host-key.ts';
import { SshConnection } from '../../../src/ssh/connection.ts';
import { connectToHostileServer, folderOf, identityOf } from '../../helpers/sftp-server.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

describe('a connection to a node that sends without end', () => {
  it('ends a command, and the answer of a page', async () => {
    const { connection, close } = await connectToHostileServer(folderOf([]));
    open.push(close);
    const { signal } = new AbortController();
    await expect(connection.exec('anything', signal)).rejects.toMatchObject({
      code: 'ANSWER_TOO_LARGE',
      message: expect.stringContaining('16000 kB') as string,
    });
    await expect(connection.get('127.0.0.1', 8080, '/json/', signal)).rejects.toMatchObject({
      code: 'ANSWER_TOO_LARGE',
    });
  });
});

describe('a connection to a node that says nothing any more', () => {
  it.each<[string, (connection: SshConnection, signal: AbortSignal) => Promise<unknown>]>([
    ['a command', (connection, signal) => connection.exec('anything', signal)],
    ['a page', (connection, signal) => connection.get('127.0.0.1', 8080, '/json/', signal)],
  ])('lets go of %s as soon as its signal aborts', async (_, ask) => {
    const { connection, close } = await connectToHostileServer(folderOf([]), { silent: true });
    open.push(close);
    const controller = new AbortController();
    const asking = ask(connection, controller.signal);
    asking.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort();
    await expect(asking).rejects.toThrow();
  });
});

describe('a machine without a route to IPv4 addresses', () => {
  it('says what it lacks, and which option needs none', async () => {
    const target = {
      // Linux has no route to it for TCP: the error is that of an IPv6-only network.
      host: '255.255.255.255',
      user: 'ec2-user',
      identity: identityOf(makeSshKey('anybody').privateKey),
      isHostKey: () => true,
      limitMs: 5_000,
    };
    await expect(SshConnection.open(target, new AbortController().signal)).rejects.toMatchObject({
      code: 'SSH_UNREACHABLE',
      details: { kind: 'network' },
      remedies: [
        { text: expect.stringContaining('464XLAT') as string },
        { action: { option: 'providers.ec2.ssh-proxy-command' } },
      ],
    });
  });
});
