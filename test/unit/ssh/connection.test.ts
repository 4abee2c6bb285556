import { afterEach, describe, expect, it } from 'vitest';
import { connectToHostileServer, folderOf } from '../../helpers/sftp-server.ts';

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
