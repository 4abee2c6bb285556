import type { Client } from 'ssh2';

// Whatever the start-up files of the user's shell print, such as a greeting in `.bashrc`, comes before the output of each command
// and before the first packet of a file transfer: sshd starts both with that shell.

/** What a command prints before anything of its own. */
const mark = 'flintrock-output-begins';
/** How much start-up files may print, in bytes; beyond that all of it is taken for the command's. */
const maxStartupBytes = 256 * 1024;

/** A command that says where its own output begins. */
export function marked(command: string): string {
  return `echo ${mark}\n${command}`;
}

/** Takes what came before the mark of {@link marked} out of a stream. */
export class StartupFilter {
  readonly #pass: (chunk: Buffer) => void;
  #held: Buffer | undefined = Buffer.alloc(0);

  constructor(pass: (chunk: Buffer) => void) {
    this.#pass = pass;
  }

  push(chunk: Buffer): void {
    if (this.#held === undefined) {
      this.#pass(chunk);
      return;
    }
    this.#held = Buffer.concat([this.#held, chunk]);
    const at = this.#held.indexOf(`${mark}\n`);
    if (at >= 0) this.#release(this.#held.subarray(at + mark.length + 1));
    else if (this.#held.length > maxStartupBytes) this.#release(this.#held);
  }

  /** The stream has ended: a shell that never came to the command has said why. */
  end(): void {
    if (this.#held !== undefined) this.#release(this.#held);
  }

  #release(rest: Buffer): void {
    this.#held = undefined;
    if (rest.length > 0) this.#pass(rest);
  }
}

/** A channel as `ssh2` has it, which takes what the other side sends; `null` is the end. */
interface PacketChannel {
  push(data: Buffer | null): void;
}

/** Its list of them; while one is opened, what waits for it stands there. */
interface ChannelList {
  get(id: number): { readonly type?: string } | undefined;
  update(id: number, channel: PacketChannel): void;
}

/**
 * Makes a client's file transfers begin at their first packet: text has no zero byte, and a packet begins with one. `ssh2` has no other
 * way in than its list of channels.
 */
export function skipStartupText(client: Client): void {
  const channels = (client as { _chanMgr?: ChannelList })._chanMgr;
  if (channels === undefined) return;
  const update = channels.update.bind(channels);
  channels.update = (id, channel) => {
    if (channels.get(id)?.type === 'sftp') beginAtPacket(channel);
    update(id, channel);
  };
}

function beginAtPacket(channel: PacketChannel): void {
  const push = channel.push.bind(channel);
  channel.push = (data) => {
    const start = data === null ? 0 : data.indexOf(0);
    if (start < 0) return;
    channel.push = push;
    push(data === null ? null : data.subarray(start));
  };
}
