/** How to open an interactive shell on a node: by running a program in a terminal. */
export interface LoginSession {
  readonly kind: 'process';
  /** Name of the node it opens on. */
  readonly node: string;
  /** The program and its arguments; nothing secret is among them. */
  readonly file: string;
  readonly args: readonly string[];
  /** What to change in the environment of the person: values to set, and `null` for what is to be taken away. */
  readonly env: Readonly<Record<string, string | null>>;
  /** Folder to start in, or `null` for the current one. */
  readonly cwd: string | null;
}
