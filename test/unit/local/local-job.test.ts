import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { WorkContext } from '../../../src/engine/provider.ts';
import { LocalJob } from '../../../src/providers/local/jobs/local-job.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const folder = temporaryFolder('job');
mkdirSync(join(folder, 'scratch'));

/** Has the job leave a file, so many seconds after it began. */
function leave(name: string, text: string, after: number): void {
  writeFileSync(join(folder, name), text);
  utimesSync(join(folder, name), 1_000 + after, 1_000 + after);
}

it('has ended when its program has, not when its driver has written its class archive', async () => {
  const job = new LocalJob('job-1', folder, null, { platform: 'linux' } as WorkContext);
  leave('started', '1000\n', 0);
  leave('python-exit', '3\n', 5);
  const ended = { endedAt: '1970-01-01T00:16:45.000Z', state: 'failed', exitCode: 3 };
  expect(await job.look()).toMatchObject(ended);
  leave('exit', '3\n', 35);
  expect(await job.look()).toMatchObject(ended);
});
