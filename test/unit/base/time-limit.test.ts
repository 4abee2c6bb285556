import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { patientLimit, timeLimit } from '../../../src/base/time-limit.ts';

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

describe('a patient limit', () => {
  it('ends a while after the other signal, with its reason', async () => {
    const stop = new AbortController();
    const limit = patientLimit(60_000, stop.signal, 100);
    stop.abort(new Error('stopped'));
    expect(limit.aborted).toBe(false);
    await once(limit, 'abort');
    expect(limit.reason).toMatchObject({ message: 'stopped' });
  });

  it('has that while also if the other signal has aborted before', async () => {
    const limit = patientLimit(60_000, AbortSignal.abort(new Error('before')), 100);
    expect(limit.aborted).toBe(false);
    await once(limit, 'abort');
    expect(limit.reason).toMatchObject({ message: 'before' });
  });

  it('ends by itself if nothing is interrupted', async () => {
    const limit = patientLimit(100, new AbortController().signal, 60_000);
    // A timer that holds no process: something else has to.
    const holding = setInterval(() => undefined, 1_000);
    await once(limit, 'abort');
    clearInterval(holding);
    expect(limit.reason).toMatchObject({ name: 'TimeoutError' });
  });
});
