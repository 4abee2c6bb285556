import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publicKeyBlob, publicKeyLine } from '../../../src/model/ssh-key.ts';
import { loadIdentity } from '../../../src/ssh/identity.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const folder = temporaryFolder('identity');

/** A key that OpenSSH makes; gives its path. */
function makeKey(name: string, type: string, passphrase = '', ...more: string[]): string {
  const path = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-f', path, ...more]);
  return path;
}

/** Its fingerprint, as OpenSSH prints it. */
function printed(path: string): string {
  return (
    execFileSync('ssh-keygen', ['-lf', `${path}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? ''
  );
}

function load(file: string | null, agent: string | null = null, answer: string | null = null) {
  const asked: string[] = [];
  const passphrase = (path: string): Promise<string | null> => {
    asked.push(path);
    return Promise.resolve(answer);
  };
  return { asked, identity: loadIdentity({ file, agent, passphrase }) };
}

describe('loadIdentity', () => {
  it.each([
    ['ed25519', []],
    ['ecdsa', []],
    ['rsa', []],
    ['rsa', ['-m', 'PEM']],
  ])('reads %s %j as OpenSSH does', async (type, more) => {
    const path = makeKey(`${type}-${more.length}`, type, '', ...more);
    const { identity, asked } = load(path);
    const { key, publicKey } = await identity;
    expect(key?.fingerprint).toBe(printed(path));
    expect(readFileSync(`${path}.pub`, 'utf8')).toContain(publicKey);
    expect(asked).toEqual([]);
    expect(publicKeyLine(publicKeyBlob(publicKey ?? ''))).toBe(publicKey);
  });

  it('asks for a passphrase, and only if there is one', async () => {
    const path = makeKey('locked', 'ed25519', 'open sesame');
    const right = load(path, null, 'open sesame');
    expect((await right.identity).key?.fingerprint).toBe(printed(path));
    expect(right.asked).toEqual([path]);
    await expect(load(path, null, 'wrong').identity).rejects.toMatchObject({
      code: 'IDENTITY_INVALID',
      message: expect.stringContaining('passphrase is wrong') as string,
    });
    await expect(load(path).identity).rejects.toMatchObject({
      code: 'IDENTITY_INVALID',
      remedies: [{ action: { program: ['ssh-add', expect.any(String) as string] } }],
    });
  });

  it('asks again for a passphrase that was wrong, twice', async () => {
    const path = makeKey('mistyped', 'ed25519', 'open sesame');
    const ask = (answers: (string | null)[]) => {
      const asked: number[] = [];
      const forgotten: string[] = [];
      const passphrase = (_path: string, wrong: number): Promise<string | null> => {
        asked.push(wrong);
        return Promise.resolve(answers.shift() ?? null);
      };
      const forget = (file: string): void => void forgotten.push(file);
      const identity = loadIdentity({ file: path, agent: null, passphrase, forget });
      return { asked, forgotten, identity };
    };
    const right = ask(['wrong', 'worse', 'open sesame']);
    expect((await right.identity).key?.fingerprint).toBe(printed(path));
    expect([right.asked, right.forgotten]).toEqual([[0, 1, 2], []]);
    const wrong = ask(['1', '2', '3', 'open sesame']);
    await expect(wrong.identity).rejects.toMatchObject({ code: 'IDENTITY_INVALID' });
    expect([wrong.asked, wrong.forgotten]).toEqual([[0, 1, 2], [path]]);
    const given = ask(['1', null, 'open sesame']);
    await expect(given.identity).rejects.toMatchObject({ code: 'IDENTITY_INVALID' });
    expect([given.asked, given.forgotten]).toEqual([[0, 1], [path]]);
  });

  it('leaves a key that nobody can open to the agent', async () => {
    const path = makeKey('agents', 'ed25519', 'open sesame');
    const agent = join(folder, 'no-agent');
    const onlyAgent = { key: null, agent, publicKey: null };
    expect(await load(path, agent).identity).toEqual(onlyAgent);
    expect(await load(null, agent).identity).toEqual(onlyAgent);
  });

  it('asks for no passphrase of a key that the agent holds', async () => {
    const path = makeKey('held', 'ed25519', 'open sesame');
    const agent = join(folder, 'agent');
    const program = spawn('ssh-agent', ['-D', '-a', agent], { stdio: 'ignore' });
    try {
      while (!existsSync(agent)) await new Promise((resolve) => setTimeout(resolve, 20));
      const answer = join(folder, 'answer');
      writeFileSync(answer, "#!/bin/sh\necho 'open sesame'\n", { mode: 0o700 });
      const env = { ...process.env, SSH_AUTH_SOCK: agent, SSH_ASKPASS: answer };
      execFileSync('ssh-add', ['-q', path], {
        env: { ...env, SSH_ASKPASS_REQUIRE: 'force' },
        stdio: 'ignore',
      });
      const { identity, asked } = load(path, agent, 'open sesame');
      const { key, publicKey } = await identity;
      expect([key, asked]).toEqual([null, []]);
      expect(readFileSync(`${path}.pub`, 'utf8')).toContain(publicKey);
    } finally {
      program.kill();
    }
  });

  it('says what is wrong with a file', async () => {
    await expect(load(join(folder, 'none')).identity).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    const path = makeKey('public', 'ed25519');
    await expect(load(`${path}.pub`).identity).rejects.toMatchObject({
      code: 'IDENTITY_INVALID',
      message: expect.stringContaining('it is a public key') as string,
    });
    const text = join(folder, 'text');
    writeFileSync(text, 'no key\n');
    await expect(load(text).identity).rejects.toMatchObject({ code: 'IDENTITY_INVALID' });
  });
});
