import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Attributes, type FileEntry, type ServerChannel, type SFTPWrapper } from 'ssh2';
import { makeSshKey } from '../../src/node/bootstrap/host-key.ts';
import { SshConnection } from '../../src/ssh/connection.ts';
import type { Identity } from '../../src/ssh/identity.ts';

const { STATUS_CODE } = ssh2.utils.sftp;

/** What a server says is at a path: a file, a folder with anything in it, or a thing of any other mode. */
export type ServedFile =
  | { readonly kind: 'file'; readonly content: Buffer; readonly claimedSize?: number }
  /** `entries` is asked for a batch each time; `undefined` ends the listing. */
  | { readonly kind: 'folder'; readonly entries: () => readonly ServedEntry[] | undefined }
  | { readonly kind: 'other'; readonly mode: number };

/** An entry of a listing. */
export interface ServedEntry {
  readonly name: string;
  readonly file: ServedFile;
}

const folderMode = 0o040_755;
const fileMode = 0o100_777;

function attributes(file: ServedFile): Attributes {
  const mode = file.kind === 'folder' ? folderMode : file.kind === 'file' ? fileMode : file.mode;
  const size = file.kind === 'file' ? (file.claimedSize ?? file.content.length) : 0;
  return { mode, size, uid: 0, gid: 0, atime: 0, mtime: 0 };
}

/** A folder that lists its entries once. */
export function folderOf(entries: readonly ServedEntry[]): ServedFile {
  let given = false;
  return {
    kind: 'folder',
    entries: () => {
      if (given) return undefined;
      given = true;
      return entries;
    },
  };
}

/** Prints a text as a shell's start-up files do, before the first packet: below what `ssh2` has for servers. */
function greet(files: SFTPWrapper, greeting: string): void {
  const { outgoing, _protocol } = files as unknown as {
    outgoing: { id: number };
    _protocol: { channelData(id: number, data: Buffer): void };
  };
  _protocol.channelData(outgoing.id, Buffer.from(greeting));
}

/** Runs a command in a shell whose start-up files print a text. */
function runAfter(greeting: string, command: string, channel: ServerChannel): void {
  channel.write(greeting);
  execFile('/bin/sh', ['-c', command], (error, stdout) => {
    channel.write(stdout);
    channel.exit(Number(error?.code ?? 0));
    channel.end();
  });
}

/** Who logs in with a private key. */
export function identityOf(privateKey: string): Identity {
  return {
    key: {
      path: 'none',
      parsed: ssh2.utils.parseKey(privateKey) as never,
      fingerprint: '',
      exposed: null,
      isForSsh: true,
    },
    agent: null,
    publicKey: null,
  };
}

/** Serves `/served` and what its listings name, as an SSH server would that belongs to somebody else; gives a connection to it. */
export async function connectToHostileServer(
  served: ServedFile,
  { silent = false, tunnels = false, greeting = '' } = {},
): Promise<{
  connection: SshConnection;
  /** What was written to it, by path. */
  taken: ReadonlyMap<string, Buffer>;
  close: () => Promise<void>;
}> {
  const taken = new Map<string, Buffer>();
  const { privateKey } = makeSshKey('server');
  const server = new ssh2.Server({ hostKeys: [privateKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (asked) => asked.accept());
    client.on('tcpip', (accept, _refuse, { destPort }) => {
      if (silent) return;
      const channel = accept();
      if (tunnels) {
        const socket = connect(destPort, '127.0.0.1');
        socket.on('error', () => channel.close());
        channel.on('error', () => undefined);
        channel.pipe(socket).pipe(channel);
        return;
      }
      channel.write('HTTP/1.1 200 OK\r\n\r\n');
      endlessly(channel);
    });
    client.on('session', (accept) => {
      const session = accept();
      session.on('sftp', (open) => {
        const files = open();
        if (greeting !== '') greet(files, greeting);
        serveFiles(files, served, taken, silent);
      });
      session.on('exec', (run, _refuse, { command }) => {
        if (silent) return;
        const channel = run();
        if (greeting === '') endlessly(channel);
        else runAfter(greeting, command, channel);
      });
    });
  });
  const listener = createServer({ noDelay: true }, (socket) => server.injectSocket(socket));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const connection = await SshConnection.open(
    {
      host: '127.0.0.1',
      port: (listener.address() as AddressInfo).port,
      user: 'somebody',
      identity: identityOf(privateKey),
      isHostKey: () => true,
      limitMs: 20_000,
    },
    new AbortController().signal,
  );
  return {
    connection,
    taken,
    close: async () => {
      await connection.close();
      listener.close();
    },
  };
}

/** Writes as long as anybody reads. */
function endlessly(channel: Duplex): void {
  const piece = Buffer.alloc(65_536, 'x');
  const more = (): void => {
    while (channel.writable && channel.write(piece));
  };
  channel.on('drain', more).on('error', () => undefined);
  more();
}

function serveFiles(
  sftp: SFTPWrapper,
  root: ServedFile,
  taken: Map<string, Buffer>,
  silent: boolean,
): void {
  // What listings named, by path: a later request finds it.
  const known = new Map<string, ServedFile>([['/served', root]]);
  const handles = new Map<number, { readonly path: string; readonly file: ServedFile }>();
  const answerStat = (id: number, path: string): void => {
    const file = known.get(path);
    if (file === undefined) sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    else sftp.attrs(id, attributes(file));
  };
  const open = (id: number, path: string): void => {
    const file = known.get(path);
    if (silent) return;
    if (file === undefined) {
      sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
      return;
    }
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(handles.size, 0);
    handles.set(handles.size, { path, file });
    sftp.handle(id, handle);
  };
  sftp.on('STAT', answerStat);
  sftp.on('LSTAT', answerStat);
  sftp.on('OPENDIR', open);
  sftp.on('OPEN', (id, path, flags) => {
    // 2: for writing (SSH_FXF_WRITE).
    if ((flags & 2) !== 0) known.set(path, { kind: 'file', content: Buffer.alloc(0) });
    open(id, path);
  });
  sftp.on('WRITE', (id, handle, offset, data) => {
    const { path } = handles.get(handle.readUInt32BE(0)) ?? { path: '' };
    const before = taken.get(path) ?? Buffer.alloc(0);
    taken.set(path, Buffer.concat([before.subarray(0, offset), data]));
    sftp.status(id, STATUS_CODE.OK);
  });
  sftp.on('MKDIR', (id, path) => {
    known.set(path, folderOf([]));
    sftp.status(id, STATUS_CODE.OK);
  });
  sftp.on('REALPATH', (id, path) =>
    sftp.name(id, [{ filename: path, longname: path, attrs: attributes(root) }]),
  );
  sftp.on('CLOSE', (id) => sftp.status(id, STATUS_CODE.OK));
  sftp.on('READDIR', (id, handle) => {
    const open = handles.get(handle.readUInt32BE(0));
    const entries = open?.file.kind === 'folder' ? open.file.entries() : undefined;
    if (open === undefined || entries === undefined) {
      sftp.status(id, STATUS_CODE.EOF);
      return;
    }
    const list: FileEntry[] = entries.map(({ name, file }) => {
      known.set(`${open.path}/${name}`, file);
      return { filename: name, longname: name, attrs: attributes(file) };
    });
    sftp.name(id, list);
  });
  sftp.on('READ', (id, handle, offset, length) => {
    const file = handles.get(handle.readUInt32BE(0))?.file;
    if (file?.kind !== 'file') sftp.status(id, STATUS_CODE.FAILURE);
    // A file that claims another size than it has goes on for ever.
    else if (file.claimedSize !== undefined) sftp.data(id, Buffer.alloc(length, 'x'));
    else if (offset >= file.content.length) sftp.status(id, STATUS_CODE.EOF);
    else sftp.data(id, file.content.subarray(offset, offset + length));
  });
}
