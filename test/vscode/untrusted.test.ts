import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalLab } from '../helpers/local-lab.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { packageExtension, packageProbe } from './server.mjs';
import { inWindows } from './steps.ts';
import { Workbench } from './workbench.ts';

/** A folder from who knows where: nothing of it is used until the user trusts it. */
describe('a folder that isn’t trusted', () => {
  const lab = new LocalLab();
  let code: Workbench;
  inWindows('untrusted', () => code);

  beforeAll(async () => {
    code = await Workbench.open(packageExtension(temporaryFolder('vsix')), {
      helpers: [packageProbe(temporaryFolder('probe'))],
      env: { ...lab.env, HOME: lab.home },
      asksForTrust: true,
      settings: { 'security.workspace.trust.startupPrompt': 'never' },
      files: {
        'flintrock.yaml': 'provider: local\nlaunch:\n  num-slaves: 1\n',
        'job.py': 'print(1)\n',
        '.vscode/settings.json': JSON.stringify({
          'flintrock.configFile': '/elsewhere.yaml',
          'flintrock.profile': 'theirs',
          'flintrock.regions': ['eu-west-1'],
        }),
      },
    });
  });
  afterAll(async () => {
    await code.close();
    await lab.close();
  });

  it('sets nothing', async () => {
    expect(await code.probe('settings')).toEqual({ configFile: '', profile: '', regions: [] });
    await code.openView();
    await code.page.getByText('No Spark clusters.').waitFor();
  });

  it('has no configuration that is used', async () => {
    await code.run('Flintrock: Launch from Configuration File…');
    await code.message('No configuration file found.').waitFor();
    await code.clearMessages();
    await code.run('Flintrock: Edit Configuration');
    await (await code.webview('.fields')).getByRole('heading', { name: 'config.yaml' }).waitFor();
    // The user's own.
    expect(existsSync(join(lab.home, '.config', 'flintrock', 'config.yaml'))).toBe(true);
  });

  it('has a form without a plan, and files that don’t run', async () => {
    await code.openFile('job.py');
    await code.run('Flintrock: Run Current File on Cluster');
    await code.message('This command requires a trusted workspace.').waitFor();
    await code.openFile('flintrock.yaml');
    await code.run('View: Reopen Editor With...');
    await code.pick('Flintrock Configuration');
    const form = await code.webview('.fields');
    await form.getByText('Trust the workspace to see the plan.').waitFor();
    await code.picture('untrusted');
  });

  it('is like any other once it is trusted', async () => {
    await code.run('Workspaces: Manage Workspace Trust');
    await code.page
      .locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust/ })
      .first()
      .click();
    await code.page
      .locator('.monaco-modal-editor-block')
      .getByRole('button', { name: /^Close/ })
      .first()
      .click();
    await code.until('its settings', async () => {
      const { profile } = await code.probe<{ profile: string }>('settings');
      return profile === 'theirs' || undefined;
    });
  });
});
