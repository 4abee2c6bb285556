import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ssh2, { type ParsedKey } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PartialValues } from '../../src/index.ts';
import { Account, errorOf, type Person } from '../helpers/ec2/account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';

// One cluster, entered by keys and agents as people have them.
let account: Account;
let person: Person;
let cluster: PartialValues;
let pem: string;
const agents: ChildProcess[] = [];

beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person();
  pem = readFileSync(account.lab.keyPair.privateKeyFile, 'utf8');
  cluster = person.values({ ec2KeyName: account.lab.keyPair.name });
  await person.open().launch('keys', {
    values: { ...cluster, ec2IdentityFile: account.lab.keyPair.privateKeyFile },
  });
});
afterAll(async () => {
  for (const agent of agents) agent.kill();
  await account.reset();
});

/** A file of a key, with a mode. */
function keyFile(name: string, text: string, mode = 0o600): string {
  const path = join(person.home, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

function otherKey(name: string): string {
  const path = join(person.home, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
  return path;
}

/** An agent that holds keys, in order; gives its socket. */
async function agentOf(name: string, files: readonly string[]): Promise<string> {
  const socket = join(person.home, name);
  agents.push(spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' }));
  while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 20));
  if (files.length > 0)
    execFileSync('ssh-add', ['-q', ...files], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  return socket;
}

/** An `ssh` with another configuration than that of the home that the system knows. */
function withSshConfig(name: string, text: string): Record<string, string> {
  const folder = join(person.home, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'config'), text);
  writeFileSync(
    join(folder, 'ssh'),
    `#!/bin/sh\nexec /usr/bin/ssh -F '${join(folder, 'config')}' "$@"\n`,
    { mode: 0o755 },
  );
  return { PATH: `${folder}:${person.env['PATH'] ?? ''}` };
}

/** A command by our own SSH, and one by what `login` opens: they must agree. */
async function enter(
  values: PartialValues,
  env: Record<string, string | undefined>,
): Promise<{ readonly by: string; readonly hosts: readonly string[] }> {
  const said = new RecordingHost();
  const look = { provider: 'ec2', ...values } as const;
  await person.open(said, env).runCommand('keys', 'hostname', { masterOnly: true, values: look });
  const session = await person.open(new RecordingHost(), env).login('keys', { values: look });
  const hosts = [said.stdout().trim()];
  if (session.kind === 'process') {
    const given = { ...process.env, ...env };
    const { stdout } = await promisify(execFile)(session.file, [...session.args, 'hostname'], {
      env: given,
    });
    hosts.push(stdout.trim());
  } else {
    const shell = await session.open({ columns: 80, rows: 24 }, 'dumb');
    let text = '';
    shell.on('data', (chunk) => (text += Buffer.from(chunk).toString()));
    const closed = new Promise<void>((resolve) => void shell.on('close', () => resolve()));
    shell.write('echo "<$(hostname)>"; exit\n');
    await closed;
    hosts.push(/<(ip-[^>]*)>/.exec(text)?.[1] ?? text);
  }
  return { by: session.kind, hosts };
}

it('the agent is asked for the one key that fits, of more than a server lets anyone try', async () => {
  const files = Array.from({ length: 9 }, (_, i) => otherKey(`other-${i}`));
  const own = keyFile('in-agent.pem', pem);
  const SSH_AUTH_SOCK = await agentOf('many', [...files, own]);
  unlinkSync(own);
  const env = { SSH_AUTH_SOCK };
  const plan = await person.open(new RecordingHost(), env).plan('another', { values: cluster });
  expect(plan.problems).toEqual([]);
  const { by, hosts } = await enter({}, env);
  expect(by).toBe('process');
  expect(hosts[0]).toMatch(/^ip-127-/);
  expect(hosts[1]).toBe(hosts[0]);
});

it('an agent that only the configuration of ssh names is found', async () => {
  const own = keyFile('named.pem', pem);
  const socket = await agentOf('named', [own]);
  unlinkSync(own);
  const env = {
    SSH_AUTH_SOCK: undefined,
    ...withSshConfig('named-only', `Host *\n  IdentityAgent "${socket}"\n`),
  };
  const plan = await person.open(new RecordingHost(), env).plan('another', { values: cluster });
  expect(plan.problems).toEqual([]);
  const { hosts } = await enter({}, env);
  expect(hosts[1]).toBe(hosts[0]);
});

describe('the plan says what will not let anyone in, and so does every verb, at once', () => {
  async function both(env: Record<string, string | undefined>, values: PartialValues = {}) {
    const plan = await person
      .open(new RecordingHost(), env)
      .plan('another', { values: { ...cluster, ...values } });
    const run = errorOf(
      person
        .open(new RecordingHost(), env)
        .runCommand('keys', 'true', { masterOnly: true, values: { provider: 'ec2', ...values } }),
    );
    const login = errorOf(
      person
        .open(new RecordingHost(), env)
        .login('keys', { values: { provider: 'ec2', ...values } }),
    );
    return [plan.problems[0]?.message, (await run).message, (await login).message];
  }

  it('a dead agent', async () => {
    const SSH_AUTH_SOCK = join(person.home, 'dead');
    const said = `The SSH agent at ${SSH_AUTH_SOCK} can’t be reached: it is not running.`;
    expect(await both({ SSH_AUTH_SOCK })).toEqual([said, said, said]);
  });

  it('an agent without the key', async () => {
    const SSH_AUTH_SOCK = await agentOf('without', [otherKey('lone')]);
    const [planned, ...later] = await both({ SSH_AUTH_SOCK });
    expect(planned).toContain('holds other keys, but not the private key with the fingerprint');
    expect(later).toEqual([planned, planned]);
  });

  it('no agent at all', async () => {
    const [planned, ...later] = await both({ SSH_AUTH_SOCK: undefined });
    expect(planned).toContain('no file is specified, and no SSH agent is running');
    expect(later).toEqual([planned, planned]);
  });
});

it('a key that the cluster does not know is refused as one, not as a network that fails', async () => {
  const values = { provider: 'ec2', ec2IdentityFile: otherKey('stranger') } as const;
  await expect(
    person.open().runCommand('keys', 'true', { masterOnly: true, values }),
  ).rejects.toMatchObject({ code: 'SSH_AUTH_FAILED' });
});

it('an agent that does not sign is named', async () => {
  const key = ssh2.utils.parseKey(pem) as ParsedKey;
  const socket = join(person.home, 'silent');
  const server: Server = createServer((stream) => {
    const agent = new ssh2.AgentProtocol(false);
    agent.on('identities', (request) => agent.getIdentitiesReply(request, [key]));
    // It waits for a confirmation that nobody gives.
    agent.on('sign', () => undefined);
    stream.pipe(agent).pipe(stream);
    stream.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    await expect(
      person
        .open(new RecordingHost(), { SSH_AUTH_SOCK: socket })
        .runCommand('keys', 'true', { masterOnly: true, values: { provider: 'ec2' } }),
    ).rejects.toMatchObject({
      code: 'SSH_AUTH_FAILED',
      message: expect.stringContaining(`The SSH agent at ${socket} did not sign`) as string,
    });
  } finally {
    server.close();
  }
});

it.each([
  ['one that others may read', () => keyFile('readable', pem, 0o644)],
  ['the line ends of Windows', () => keyFile('crlf', pem.replaceAll('\n', '\r\n'))],
  ['no last line end', () => keyFile('no-end', pem.trimEnd())],
  ['text before it', () => keyFile('bag', `Bag Attributes\n    friendlyName: me\n${pem}`)],
])('a key with %s lets in by every way', async (_, make) => {
  const { hosts } = await enter({ ec2IdentityFile: make() }, { SSH_AUTH_SOCK: undefined });
  expect(hosts[0]).toMatch(/^ip-127-/);
  expect(hosts[1]).toBe(hosts[0]);
});

it('what a configuration of ssh says of every host keeps nobody out', async () => {
  const values = { ec2IdentityFile: account.lab.keyPair.privateKeyFile };
  const env = withSshConfig(
    'every-host',
    `Host *
  User bob
  Port 2222
  HostName 192.0.2.1
  IdentityFile ${otherKey('every-host-key')}
  IdentitiesOnly yes
  ControlMaster auto
  ControlPath ${join(person.home, 'control-%C')}
  PreferredAuthentications password
  RequestTTY no
  RemoteCommand echo mine
  ProxyCommand false
  StrictHostKeyChecking ask
  HashKnownHosts yes
`,
  );
  const look = { provider: 'ec2', ...values } as const;
  const session = await person.open(new RecordingHost(), env).login('keys', { values: look });
  if (session.kind !== 'process') throw new Error('The system’s ssh was expected.');
  const { stdout } = await promisify(execFile)(session.file, [...session.args, 'whoami']);
  expect(stdout.trim()).toBe('ec2-user');
});
