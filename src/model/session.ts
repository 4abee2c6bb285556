/** How large a terminal is, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A shell on a node that is open: what is written goes to it, what it prints comes as `data`. */
export interface Shell {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  on(event: 'exit', listener: (code: number | null) => void): unknown;
  write(data: string | Uint8Array): unknown;
  /** Tells the shell how large its terminal is now; sizes in pixels may be 0. */
  setWindow(rows: number, columns: number, height: number, width: number): void;
  close(): void;
}

/** How to open an interactive shell on a node by running a program in a terminal. */
export interface ProcessSession {
  readonly kind: 'process';
  /** Name of the node it opens on. */
  readonly node: string;
  /** The program and its arguments; nothing secret is among them. */
  readonly file: string;
  readonly args: readonly string[];
  /** What to change in the environment of the user: values to set, and `null` for what is to be taken away. */
  readonly env: Readonly<Record<string, string | null>>;
  /** Folder to start in, or `null` for the current one. */
  readonly cwd: string | null;
}

/** How to open an interactive shell on a node where no program can do it: the terminal is the host's to connect. */
export interface ShellSession {
  readonly kind: 'shell';
  readonly node: string;
  /** Why the system's `ssh` doesn't do it: it isn't there, or does not accept the private key as it is stored. */
  readonly reason: 'no-ssh' | 'key';
  /** @param terminal its kind, as in `TERM` */
  open(size: TerminalSize, terminal: string): Promise<Shell>;
}

/** A port of this machine that leads to a web page of a node. */
export interface PortForward {
  readonly host: string;
  readonly port: number;
  /**
   * Lets browsers ask for it by another name than this machine's own, as behind the forwarded port of a remote editor; absent where
   * the page is the node's own.
   *
   * @param authority `host` or `host:port`, as in the address that the browser is given
   */
  readonly allowHost?: ((authority: string) => void) | undefined;
  /** Resolves when the way is gone: closed, or lost. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** How to open an interactive shell on a node. */
export type LoginSession = ProcessSession | ShellSession;
