import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { watchRemoval } from '../../../src/providers/local/records/watch-removal.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

it('tells when a cluster’s folder is taken away, and not when its record is only written anew', async () => {
  const parent = temporaryFolder('watch');
  const folder = join(parent, 'demo');
  mkdirSync(folder);
  const record = join(folder, 'cluster.json');
  writeFileSync(record, '{}');
  let isRemoved = false;
  const watch = watchRemoval(folder);
  void watch.removed.then(() => (isRemoved = true));
  for (let n = 0; n < 20; n++) {
    writeFileSync(`${record}.part`, '{}');
    renameSync(`${record}.part`, record);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(isRemoved).toBe(false);
  renameSync(folder, join(parent, '.removed-1'));
  await watch.removed;
  watch.close();
});

it('tells at once of one that is gone already', async () => {
  const watch = watchRemoval(join(temporaryFolder('watch'), 'demo'));
  await watch.removed;
  watch.close();
});
