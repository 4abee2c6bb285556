import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  variableLines,
  withBlock,
  withoutBlock,
} from '../../../src/extension/attach/files/env-block.ts';
import {
  addToEnvFile,
  envFilePath,
  removeFromEnvFile,
} from '../../../src/extension/attach/files/env-file.ts';
import {
  kernelName,
  kernelsFolder,
  removeKernel,
  writeKernel,
} from '../../../src/extension/attach/files/jupyter-kernel.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const environment = { SPARK_REMOTE: 'sc://localhost:20001', TOKEN: 'a'.repeat(64) };
const places = { env: { PATH: process.env['PATH'] }, home: '/home/user', platform: 'linux' };

const mode = (path: string): number => statSync(path).mode & 0o777;

describe('lines of ours in a file of the user’s', () => {
  const line = fc.constantFrom('', 'A=1', '# a comment', 'SPARK_REMOTE=theirs', '  B = "x # y"');
  const texts = fc
    .tuple(fc.array(line), fc.constantFrom('\n', '\r\n'), fc.boolean())
    .map(([lines, end, isEnded]) => lines.join(end) + (isEnded ? end : ''));

  it('leave all else as it is, and go without a trace', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const more = withBlock(text, variableLines(environment));
        expect(more.startsWith(text)).toBe(true);
        expect(more.split(/\r?\n/)).toContain('SPARK_REMOTE=sc://localhost:20001');
        expect(withoutBlock(more)).toBe(text);
        expect(withoutBlock(text)).toBe(text);
      }),
    );
  });

  it('take the place of those before, and of nothing that was written behind them', () => {
    const first = withBlock('A=1\n', ['X=old']);
    const second = withBlock(`${first}B=2\n`, ['X=new']);
    expect(second).not.toContain('X=old');
    expect(second.match(/X=new/g)).toHaveLength(1);
    expect(withoutBlock(second)).toBe('A=1\nB=2\n');
  });
});

describe('the file of environment variables', () => {
  function repository(): string {
    const folder = temporaryFolder('env-file');
    execFileSync('git', ['init', '-q', folder]);
    return folder;
  }

  it('is the one that the setting names', () => {
    const folder = { name: 'etl', path: '/home/user/etl' };
    const path = (setting: string) =>
      envFilePath(setting, folder, { env: { STAGE: 'dev' }, home: '/home/user' });
    expect(path('${workspaceFolder}/.env')).toBe('/home/user/etl/.env');
    expect(path('${workspaceFolder:etl}/${env:STAGE}.env')).toBe('/home/user/etl/dev.env');
    expect(path('conf/.env')).toBe('/home/user/etl/conf/.env');
    expect(path('~/spark.env')).toBe('/home/user/spark.env');
  });

  it('is made for its owner only and ignored by git, and both go again', async () => {
    const folder = repository();
    const file = join(folder, '.env');
    const change = await addToEnvFile(file, folder, environment, places);
    expect(readFileSync(file, 'utf8')).toContain(`TOKEN=${environment.TOKEN}\n`);
    expect(mode(file)).toBe(0o600);
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toContain('\n/.env\n');
    execFileSync('git', ['-C', folder, 'check-ignore', '-q', '.env']);
    if (change === undefined) throw new Error('nothing was changed');
    await removeFromEnvFile(change);
    expect(existsSync(file)).toBe(false);
    expect(existsSync(join(folder, '.gitignore'))).toBe(false);
  });

  it('keeps what the user has in it, with the permissions of before', async () => {
    const folder = repository();
    const file = join(folder, '.env');
    writeFileSync(file, 'KEY=1');
    chmodSync(file, 0o644);
    writeFileSync(join(folder, '.gitignore'), '.env\n');
    const change = await addToEnvFile(file, folder, environment, places);
    expect(mode(file)).toBe(0o600);
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('.env\n');
    if (change === undefined) throw new Error('nothing was changed');
    await removeFromEnvFile(change);
    expect(readFileSync(file, 'utf8')).toBe('KEY=1');
    expect(mode(file)).toBe(0o644);
  });

  it('stays, though it was made, when the user wrote into it', async () => {
    const folder = temporaryFolder('env-file');
    const file = join(folder, '.env');
    const change = await addToEnvFile(file, folder, environment, places);
    if (change === undefined) throw new Error('nothing was changed');
    expect(change.ignored).toBeNull();
    writeFileSync(file, `${readFileSync(file, 'utf8')}MINE=1\n`);
    await removeFromEnvFile(change);
    expect(readFileSync(file, 'utf8')).toBe('MINE=1\n');
  });

  it('is not touched if git has it: the token would be committed', async () => {
    const folder = repository();
    const file = join(folder, '.env');
    writeFileSync(file, 'KEY=1\n');
    execFileSync('git', ['-C', folder, 'add', '.env']);
    expect(await addToEnvFile(file, folder, environment, places)).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toBe('KEY=1\n');
  });
});

describe('the notebook kernel of a workspace', () => {
  const request = { workspace: '/home/user/My Work', title: 'Spark (My Work)', python: '/venv/py' };

  it('stands where Jupyter looks first', () => {
    const at = (platform: string, env: Record<string, string> = {}) =>
      kernelsFolder({ env, home: '/home/user', platform });
    expect(at('linux')).toBe('/home/user/.local/share/jupyter/kernels');
    expect(at('linux', { XDG_DATA_HOME: '/data' })).toBe('/data/jupyter/kernels');
    expect(at('darwin')).toBe('/home/user/Library/Jupyter/kernels');
    expect(at('linux', { JUPYTER_DATA_DIR: '/own' })).toBe('/own/kernels');
  });

  it('has a name that Jupyter takes, and that no other folder’s has', () => {
    expect(kernelName('/home/user/My Work')).toMatch(/^flintrock-my-work-[0-9a-f]{8}$/);
    expect(kernelName('/home/other/My Work')).not.toBe(kernelName('/home/user/My Work'));
  });

  it('holds the connection, for its owner only, and goes again', async () => {
    const folder = join(temporaryFolder('kernels'), 'kernels');
    const kernel = await writeKernel(folder, { ...request, environment });
    const file = join(kernel, 'kernel.json');
    expect(mode(file)).toBe(0o600);
    expect(mode(kernel)).toBe(0o700);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      argv: ['/venv/py', '-m', 'ipykernel_launcher', '-f', '{connection_file}'],
      display_name: 'Spark (My Work)',
      env: environment,
    });
    await removeKernel(kernel);
    expect(existsSync(kernel)).toBe(false);
  });

  it('is left alone if it is another one by now', async () => {
    const folder = temporaryFolder('kernels');
    const kernel = join(folder, kernelName(request.workspace));
    mkdirSync(kernel);
    writeFileSync(join(kernel, 'kernel.json'), '{"argv": ["python"], "display_name": "Mine"}');
    await removeKernel(kernel);
    expect(existsSync(join(kernel, 'kernel.json'))).toBe(true);
    await removeKernel(join(folder, 'nowhere'));
  });
});
