import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { waitFor } from '../../../src/model/wait.ts';

/** A clock that passes only by sleeping. */
class TestClock implements Clock {
  time = 0;
  now(): number {
    return this.time;
  }
  sleep(ms: number): Promise<void> {
    this.time += ms;
    return Promise.resolve();
  }
}

describe('waitFor', () => {
  const options = { reason: () => '2 of 3 workers', limitMs: 10_000, everyMs: 3_000 };

  it('gives what it waited for, looking once before it sleeps', async () => {
    const clock = new TestClock();
    expect(await waitFor(() => 'there', { ...options, clock })).toBe('there');
    expect(clock.time).toBe(0);
    expect(await waitFor(() => (clock.time >= 6_000 ? 0 : undefined), { ...options, clock })).toBe(
      0,
    );
    expect(clock.time).toBe(6_000);
  });

  it('fails at its limit, not before and not after, and says what it waited for', async () => {
    const clock = new TestClock();
    const looks: number[] = [];
    await expect(
      waitFor(() => void looks.push(clock.time), {
        ...options,
        clock,
        remedies: [{ text: 'Look there.' }],
      }),
    ).rejects.toMatchObject({
      code: 'WAIT_TIMEOUT',
      message: 'Timed out after 10 s waiting for 2 of 3 workers.',
      remedies: [{ text: 'Look there.' }],
    });
    expect(looks).toEqual([0, 3_000, 6_000, 9_000, 10_000]);
  });

  it('ends at once when it is stopped', async () => {
    const stop = new AbortController();
    const clock = new TestClock();
    const waiting = waitFor(
      () => {
        if (clock.time >= 3_000) stop.abort();
        return undefined;
      },
      { ...options, clock, signal: stop.signal },
    );
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', name: 'AbortError' });
    expect(clock.time).toBe(6_000);
  });
});
