import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { FlintrockEngine } from '../../../src/engine/flintrock.ts';
import type { LaunchOptions } from '../../../src/engine/verbs/plan.ts';
import { launch } from '../../../src/extension/launches/launch.ts';
import { ClusterError } from '../../../src/model/errors.ts';
import { extensionServices } from '../../helpers/extension-services.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { extensions, workspace } from '../../helpers/vscode-stand-in.ts';

vi.mock('vscode', () => import('../../helpers/vscode-stand-in.ts'));

/** Which interpreter a launch from the editor follows. */
async function followed(): Promise<LaunchOptions['followEnvironment']> {
  let asked: LaunchOptions | undefined;
  const engine = {
    prepareLaunch: (_: string, options: LaunchOptions) => {
      asked = options;
      return Promise.reject(new ClusterError('ABORTED', 'That will do.'));
    },
  } as unknown as FlintrockEngine;
  const services = extensionServices({
    engine: () => engine,
    listing: () => ({ clusters: [], problems: [], profile: undefined }),
  });
  const values = { provider: 'local' } as const;
  await launch(services, { name: 'demo', values, config: undefined });
  return asked?.followEnvironment;
}

it('a launch follows the interpreter of its folder, if that is trusted', async () => {
  expect(await followed()).toBeUndefined();
  const folder = temporaryFolder('followed');
  const inFolder = join(folder, '.venv', 'bin', 'python');
  mkdirSync(join(folder, '.venv', 'bin'), { recursive: true });
  writeFileSync(inFolder, '');
  Object.assign(workspace, {
    workspaceFolders: [{ uri: { fsPath: folder }, name: 'f', index: 0 }],
  });
  expect(await followed()).toBe(inFolder);
  // What is selected in the Python extension goes before it.
  const environments = {
    getActiveEnvironmentPath: () => ({ path: '/opt/python3.12' }),
    resolveEnvironment: () =>
      Promise.resolve({ executable: { uri: { fsPath: '/opt/python3.12' } } }),
  };
  vi.spyOn(extensions, 'getExtension').mockReturnValue({
    activate: () => Promise.resolve({ environments }),
  } as never);
  expect(await followed()).toBe('/opt/python3.12');
  Object.assign(workspace, { isTrusted: false });
  expect(await followed()).toBeUndefined();
  Object.assign(workspace, { isTrusted: true, workspaceFolders: undefined });
});
