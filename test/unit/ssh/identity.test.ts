import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicKeyBlob, publicKeyLine } from '../../../src/model/ssh/key.ts';
import { type Identity, loadIdentity } from '../../../src/ssh/identity.ts';
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
  return {
    asked,
    identity: loadIdentity({ file, agent: () => Promise.resolve(agent), passphrase }),
  };
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
      const identity = loadIdentity({
        file: path,
        agent: () => Promise.resolve(null),
        passphrase,
        forget,
      });
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

  describe('with an agent', () => {
    const socket = join(folder, 'agent');
    let agent: ChildProcess;

    /** Adds a key to the agent as a user does. */
    function add(path: string): void {
      const answer = join(folder, 'answer');
      writeFileSync(answer, "#!/bin/sh\necho 'open sesame'\n", { mode: 0o700 });
      execFileSync('ssh-add', ['-q', path], {
        env: {
          ...process.env,
          SSH_AUTH_SOCK: socket,
          SSH_ASKPASS: answer,
          SSH_ASKPASS_REQUIRE: 'force',
        },
        stdio: 'ignore',
      });
    }
    const publicOf = (path: string): string => readFileSync(`${path}.pub`, 'utf8');
    const offered = (identity: Identity): string[] =>
      (identity.agent?.keys ?? []).map((key) => publicKeyLine(key.getPublicSSH()));

    beforeAll(async () => {
      agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
      while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 20));
      for (let i = 0; i < 8; i += 1) add(makeKey(`many-${i}`, 'ed25519'));
    });
    afterAll(() => void agent.kill());

    it('asks for no passphrase of a key that the agent holds, and offers no other', async () => {
      const path = makeKey('held', 'ed25519', 'open sesame');
      add(path);
      const line = publicOf(path);
      // The file itself says which key it is.
      rmSync(`${path}.pub`);
      const { identity, asked } = load(path, socket, 'open sesame');
      const found = await identity;
      expect([found.key, asked]).toEqual([null, []]);
      expect(line).toContain(found.publicKey);
      expect(offered(found)).toEqual([found.publicKey]);
    });

    it('finds a locked key of an older form by the file beside it, and else asks for all', async () => {
      const path = makeKey('old-form', 'rsa', 'open sesame', '-m', 'PEM');
      add(path);
      const line = publicOf(path);
      expect(offered(await load(path, socket).identity)).toHaveLength(1);
      rmSync(`${path}.pub`);
      const all = await load(path, socket).identity;
      expect(all.publicKey).toBeNull();
      expect(offered(all).length).toBeGreaterThan(8);
      expect(offered(all).some((one) => line.includes(one))).toBe(true);
    });

    it('offers the one key that fits, however many there are', async () => {
      const passphrase = (): Promise<null> => Promise.resolve(null);
      const of = (name: string): string => publicOf(join(folder, name));
      const source = { file: null, agent: () => Promise.resolve(socket), passphrase };
      const found = await loadIdentity({ ...source, fitting: of('many-6') });
      expect(offered(found)).toEqual([of('many-6').split(' ').slice(0, 2).join(' ')]);
      const lacking = makeKey('lacking', 'ed25519');
      await expect(loadIdentity({ ...source, fitting: publicOf(lacking) })).rejects.toMatchObject({
        code: 'IDENTITY_INVALID',
        message: expect.stringContaining(
          `${socket} holds other keys, but not the private key with the fingerprint ${printed(lacking)}`,
        ) as string,
      });
    });

    it('leaves a key that nobody can open to the user, if the agent does not hold it', async () => {
      const path = makeKey('agents', 'ed25519', 'open sesame');
      await expect(load(path, socket).identity).rejects.toMatchObject({
        code: 'IDENTITY_INVALID',
        message: expect.stringContaining('protected by a passphrase') as string,
        remedies: [{ action: { program: ['ssh-add', path] } }],
      });
    });
  });

  it.each([
    ['nothing is there', () => undefined, 'it is not running'],
    [
      'its program has ended',
      (socket: string) =>
        execFileSync('python3', [
          '-c',
          'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
          socket,
        ]),
      'it is not running',
    ],
  ])('says that an agent is dead where %s', async (name, prepare, why) => {
    const socket = join(folder, `dead ${name.length}`);
    prepare(socket);
    await expect(load(null, socket).identity).rejects.toMatchObject({
      code: 'IDENTITY_INVALID',
      message: `The SSH agent at ${socket} can’t be reached: ${why}.`,
    });
    // A key that needs no agent doesn't mind, and one that is locked asks for its passphrase.
    const locked = makeKey(`locked-${name.length}`, 'ed25519', 'open sesame');
    const { identity, asked } = load(locked, socket, 'open sesame');
    expect([(await identity).key?.path, asked]).toEqual([locked, [locked]]);
  });

  describe('reads every form of a key', () => {
    const passphrase = 'open sesame';
    const openssl = (...args: string[]): string =>
      execFileSync('openssl', args, { encoding: 'utf8' });
    const pkcs8 = (...more: string[]): string => openssl('genpkey', ...more);
    const sshForm = (): string => readFileSync(makeKey(`form-${++count}`, 'ed25519'), 'utf8');
    let count = 0;

    it.each<[string, () => string, string?]>([
      ['OpenSSH', sshForm],
      ['OpenSSH with the line ends of Windows', () => sshForm().replaceAll('\n', '\r\n')],
      ['OpenSSH without the last line end', () => sshForm().trimEnd()],
      ['OpenSSH with text before it', () => `Bag Attributes\n    friendlyName: me\n${sshForm()}`],
      ['OpenSSH with a byte order mark', () => `\ufeff${sshForm()}`],
      ['PKCS#8, RSA', () => pkcs8('-algorithm', 'rsa')],
      ['PKCS#8, ECDSA', () => pkcs8('-algorithm', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256')],
      ['PKCS#8, Ed25519', () => pkcs8('-algorithm', 'ed25519')],
      [
        'PKCS#8, locked',
        () => pkcs8('-algorithm', 'rsa', '-aes256', '-pass', `pass:${passphrase}`),
        passphrase,
      ],
      [
        'PKCS#8 with bag attributes',
        () =>
          `Bag Attributes\n    localKeyID: 01 \nKey Attributes: <No Attributes>\n${pkcs8('-algorithm', 'rsa')}`,
      ],
      [
        'PEM with the parameters of its curve',
        () => openssl('ecparam', '-name', 'prime256v1', '-genkey'),
      ],
      [
        'PEM with the line ends of Windows',
        () => openssl('genrsa', '-traditional', '2048').replaceAll('\n', '\r\n'),
      ],
    ])('%s, and knows whether ssh does', async (_, make, answer) => {
      const path = join(folder, `of-form-${++count}`);
      writeFileSync(path, make(), { mode: 0o600 });
      const { key, publicKey } = await load(path, null, answer ?? null).identity;
      // What OpenSSH makes of the file itself.
      const own = spawnSync('ssh-keygen', ['-y', '-P', answer ?? '', '-f', path], {
        encoding: 'utf8',
      });
      if (key?.isForSsh === true) expect(own.stdout).toContain(publicKey);
      // One kind newer versions of OpenSSH read, too.
      else if (!/PKCS#8, Ed25519/.test(_)) expect(own.status).not.toBe(0);
      // The right half: what it signs, the public key verifies.
      const data = Buffer.from('data');
      const signature = key?.parsed.sign(data) as Buffer;
      expect(key?.parsed.verify(data, signature)).toBe(true);
    });

    it('one that others may read, though ssh does not', async () => {
      const path = makeKey('exposed', 'ed25519');
      chmodSync(path, 0o644);
      expect((await load(path).identity).key).toMatchObject({ exposed: '0644', isForSsh: false });
      chmodSync(path, 0o600);
      expect((await load(path).identity).key).toMatchObject({ exposed: null, isForSsh: true });
    });
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
