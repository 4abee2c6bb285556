import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Packages the extension and unpacks it, as VS Code has it. */
function packageAndUnpack(): { readonly folder: string; readonly bytes: number } {
  const folder = temporaryFolder('vsix');
  const vsix = join(folder, 'flintrock.vsix');
  execFileSync('npm', ['run', '--silent', 'package:vscode', '--', '-o', vsix], {
    cwd: root,
    stdio: 'pipe',
  });
  execFileSync('python3', ['-m', 'zipfile', '-e', vsix, folder]);
  return { folder: join(folder, 'extension'), bytes: statSync(vsix).size };
}

describe('the package of the VS Code extension', () => {
  let packed: ReturnType<typeof packageAndUnpack>;

  beforeAll(() => {
    packed = packageAndUnpack();
  });

  it('holds what VS Code needs and nothing else', () => {
    const files = readdirSync(packed.folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      statSync(join(packed.folder, file)).isFile(),
    );
    const kinds = new Set(
      files.map((file) =>
        file
          .replace(/^dist\/extension\/[A-Za-z0-9-]+-[A-Z0-9]{8}\.js$/, 'dist/extension/<chunk>.js')
          .replace(/^media\/walkthrough\/\w+\.svg$/, 'media/walkthrough/….svg'),
      ),
    );
    expect([...kinds].sort()).toEqual([
      'LICENSE.txt',
      'NOTICE',
      'THIRD-PARTY-NOTICES.txt',
      'changelog.md',
      'dist/extension.cjs',
      'dist/extension/<chunk>.js',
      'dist/extension/cli.js',
      'dist/extension/configuration.js',
      'dist/extension/connected.py',
      'dist/extension/engine.js',
      'dist/extension/run_sql.py',
      'dist/webview/config-form.css',
      'dist/webview/config-form.js',
      'dist/webview/explanation.css',
      'dist/webview/explanation.js',
      'dist/webview/launch-log.css',
      'dist/webview/launch-log.js',
      'l10n/bundle.l10n.json',
      'media/activity.svg',
      'media/icon.png',
      'media/walkthrough/….svg',
      'package.json',
      'package.nls.json',
      'readme.md',
      'sbom.cdx.json',
      'schema/config.schema.json',
    ]);
  });

  it('stays small', () => {
    expect(packed.bytes).toBeLessThan(2_000_000);
  });

  it('loads by itself little: neither the engine nor AWS nor YAML', () => {
    const text = readFileSync(join(packed.folder, 'dist', 'extension.cjs'), 'utf8');
    expect(text.length).toBeLessThan(170_000);
    expect(text).not.toMatch(/RunInstances|yaml-language-server|ssh-ed25519/);
  });

  it('has an engine that can be loaded where it is', async () => {
    const { Flintrock } = (await import(join(packed.folder, 'dist', 'extension', 'engine.js'))) as {
      Flintrock: new (options: unknown) => { describe: () => Promise<unknown> };
    };
    const home = temporaryFolder('home');
    const env = { PATH: process.env['PATH'], FLINTROCK_STATE: join(home, 'state') };
    const flintrock = new Flintrock({ surroundings: { env, home, cwd: home } });
    expect(await flintrock.describe()).toEqual({ clusters: [], regions: [] });
  });

  it('has an MCP server that an editor can start where it is', async () => {
    const home = temporaryFolder('home');
    const client = new Client({ name: 'editor', version: '1' });
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [join(packed.folder, 'dist', 'extension', 'cli.js'), 'mcp'],
        env: { ELECTRON_RUN_AS_NODE: '1', FLINTROCK_STATE: join(home, 'state'), HOME: home },
        cwd: home,
      }),
    );
    const { version } = JSON.parse(readFileSync(join(packed.folder, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(client.getServerVersion()).toMatchObject({ name: 'flintrock', version });
    const { content } = await client.callTool({ name: 'list_clusters', arguments: {} });
    expect(content).toEqual([{ type: 'text', text: '0 clusters found on this machine.' }]);
    await client.close();
  });

  it('has every text of its manifest', () => {
    const manifest = readFileSync(join(packed.folder, 'package.json'), 'utf8');
    const texts = JSON.parse(
      readFileSync(join(packed.folder, 'package.nls.json'), 'utf8'),
    ) as Record<string, string>;
    const used = [...manifest.matchAll(/"%([^%"]+)%"/g)].map(([, key = '']) => key);
    expect([...new Set(used)].sort()).toEqual(Object.keys(texts).sort());
  });

  it('is CommonJS that asks for nothing but VS Code and Node', () => {
    const text = readFileSync(join(packed.folder, 'dist', 'extension.cjs'), 'utf8');
    const { builtinModules } = createRequire(import.meta.url)('node:module') as {
      builtinModules: readonly string[];
    };
    const required = [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = '']) =>
      name.replace(/^node:/, ''),
    );
    expect(required.length).toBeGreaterThan(1);
    expect(required.filter((name) => name !== 'vscode' && !builtinModules.includes(name))).toEqual(
      [],
    );
  });
});
