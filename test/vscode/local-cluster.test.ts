import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalLab } from '../helpers/local-lab.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { packageExtension, Workbench } from './workbench.ts';

/** A person's way with a cluster on this machine: the packaged extension, real Spark, a real window. */
describe('a cluster on this machine, in VS Code', () => {
  const lab = new LocalLab({ AWS_EC2_METADATA_DISABLED: 'true' });
  let code: Workbench;

  beforeAll(async () => {
    const vsix = packageExtension(temporaryFolder('vsix'));
    code = await Workbench.open(vsix, { env: { ...lab.env, HOME: lab.home } });
  });
  afterAll(async () => {
    await code.close();
    await lab.close();
  });

  it('is launched from the palette, watched in the log and seen in the tree', async () => {
    await code.openView();
    await code.page.getByText('There is no Spark cluster yet').waitFor();
    await code.run('Flintrock: Launch Cluster…');
    await code.pick('This machine');
    await code.type('Name of the cluster', 'demo');
    await code.type('How many workers', '2');
    const log = await code.webview('.lanes');
    await log.locator('.lanes li', { hasText: 'worker-2' }).waitFor();
    await code.rowSays('demo', /running · 1\+2/);
    await log.getByRole('button', { name: 'SSH' }).waitFor();
    expect(await log.locator('.dot.alive').count()).toBe(3);
  });
});
