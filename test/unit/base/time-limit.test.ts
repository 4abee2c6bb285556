import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { timeLimit } from '../../../src/base/time-limit.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe('a time limit', () => {
  it('ends a request that is never answered, however often memory is cleaned up meanwhile', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const outer = new AbortController();
    const cleaning = setInterval(collect, 20);
    try {
      const names = await Promise.all(
        Array.from({ length: 20 }, () =>
          fetch(`http://127.0.0.1:${port}/`, { signal: timeLimit(300, outer.signal) }).then(
            () => 'answered',
            (error: unknown) => (error as Error).name,
          ),
        ),
      );
      expect(new Set(names)).toEqual(new Set(['TimeoutError']));
    } finally {
      clearInterval(cleaning);
      server.closeAllConnections();
      server.close();
    }
  });

  it('ends with the first of the other signals, with its reason', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const limit = timeLimit(60_000, first.signal, second.signal);
    const aborted = once(limit, 'abort');
    second.abort(new Error('stopped'));
    first.abort(new Error('too late'));
    await aborted;
    expect(limit.reason).toMatchObject({ message: 'stopped' });
  });

  it('has ended if one of the other signals has', () => {
    expect(timeLimit(60_000, AbortSignal.abort(new Error('before'))).reason).toMatchObject({
      message: 'before',
    });
  });
});
