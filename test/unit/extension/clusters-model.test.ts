import { describe, expect, it, vi } from 'vitest';
import type { Listing } from '../../../src/extension/clusters/listing.ts';

vi.mock('vscode', () => import('../../helpers/vscode-stand-in.ts'));
const { ClustersModel } = await import('../../../src/extension/clusters/clusters-model.ts');

const empty = { clusters: [], problems: [] } as unknown as Listing;

describe('what is known of clusters', () => {
  it('is never what a look saw that had begun before it was asked for', async () => {
    const looks: (() => void)[] = [];
    const asked: boolean[] = [];
    const model = new ClustersModel(
      async (_signal, mayAsk) => {
        asked.push(mayAsk);
        await new Promise<void>((resolve) => looks.push(resolve));
        return empty;
      },
      () => false,
      () => undefined,
    );
    const told: string[] = [];
    void model.refresh().then(() => told.push('first'));
    void model.refresh().then(() => told.push('second'));
    void model.refresh(true).then(() => told.push('third'));
    looks[0]?.();
    await vi.waitFor(() => expect(looks).toHaveLength(2));
    expect(told).toEqual(['first']);
    looks[1]?.();
    await vi.waitFor(() => expect(told).toEqual(['first', 'second', 'third']));
    expect(asked).toEqual([false, true]);
    model.dispose();
  });

  it('is looked for again after a look that failed', async () => {
    let count = 0;
    const model = new ClustersModel(
      () => (++count === 1 ? Promise.reject(new Error('no')) : Promise.resolve(empty)),
      () => false,
      () => undefined,
    );
    const first = model.refresh();
    const second = model.refresh();
    await expect(first).rejects.toThrow('no');
    expect(await second).toBeDefined();
    model.dispose();
  });
});
