import type { Remedy } from './remedy.ts';

/**
 * Every code an error of ours can carry: whose fault it is, and what it means. `docs/errors.md` is made of it.
 *
 * @public
 */
export const errorCodes = {
  ABORTED: ['user', 'The work was stopped on purpose: by a signal, by Ctrl-C, or by a "no".'],
  ANSWER_TOO_LARGE: [
    'environment',
    'A node, a daemon or a site answered with more than makes sense; the answer was not used.',
  ],
  ARGUMENT_INVALID: [
    'user',
    'An argument can’t be right: a count below 1, a job that is neither .py nor .jar.',
  ],
  AWS_CAPACITY_SHORT: [
    'environment',
    'EC2 has too few free machines of this type there now; the message says what was tried.',
  ],
  AWS_CLOCK_SKEWED: [
    'environment',
    'AWS refuses requests signed by this machine’s clock; the message says by how much it is off.',
  ],
  AWS_CREDENTIALS_EXPIRED: ['user', 'The AWS credentials are past their time; log in again.'],
  AWS_CREDENTIALS_INVALID: ['user', 'AWS doesn’t know these credentials.'],
  AWS_CREDENTIALS_MISSING: ['user', 'There are no AWS credentials where they are looked for.'],
  AWS_PERMISSION_DENIED: ['user', 'The credentials may not do this; the IAM action is named.'],
  AWS_QUOTA_EXCEEDED: ['environment', 'The account’s quota doesn’t allow so many; it is named.'],
  AWS_REQUEST_FAILED: ['environment', 'AWS refused a request for another reason; it is quoted.'],
  AWS_RESOURCE_NOT_FOUND: [
    'user',
    'An image, subnet, key pair, group or profile that was asked for isn’t there.',
  ],
  AWS_THROTTLED: ['environment', 'AWS asked to slow down for longer than was waited.'],
  AWS_UNREACHABLE: ['environment', 'AWS can’t be reached from this machine.'],
  CHECKSUM_MISMATCH: ['environment', 'A download is not what its checksum says; it is not used.'],
  CLEANUP_INCOMPLETE: ['environment', 'Something could not be removed; `details.left` names it.'],
  CLIENT_ADDRESS_UNKNOWN: [
    'environment',
    'This machine’s public address could not be found out; say who may reach the cluster.',
  ],
  CLUSTER_AMBIGUOUS: ['user', 'Several clusters have this name; say which provider or region.'],
  CLUSTER_BUSY: ['environment', 'Another process works on the cluster.'],
  CLUSTER_EXISTS: ['user', 'The name is taken.'],
  CLUSTER_NAME_INVALID: ['user', 'A cluster can’t have this name.'],
  CLUSTER_NOT_FOUND: ['user', 'There is no such cluster, or somebody removed it meanwhile.'],
  CLUSTER_STATE_UNFIT: ['user', 'The cluster is in a state in which this can’t be done.'],
  CONFIG_INVALID: [
    'user',
    'The configuration or the options have mistakes; `details.problems` holds all of them.',
  ],
  CONFIG_NOT_FOUND: ['user', 'The configuration file that was named isn’t there.'],
  CONFIG_UNTRUSTED: [
    'user',
    'A configuration that lies in the current folder decides what runs, who is let in or what is paid, and was not allowed to; naming the file allows it.',
  ],
  DISK_FULL: ['environment', 'There is too little room on the disk.'],
  DOWNLOAD_FAILED: ['environment', 'A source did not serve what was asked of it.'],
  FILE_NOT_FOUND: ['user', 'A file or folder isn’t there.'],
  FOLDER_UNSAFE: ['environment', 'A folder that must be the user’s own belongs to somebody else.'],
  HOST_KEY_CHANGED: [
    'environment',
    'A node shows another host key than the cluster’s; it is not connected to.',
  ],
  IDENTITY_INVALID: [
    'user',
    'The private key can’t be used: no key, a kind that isn’t known, or a wrong passphrase.',
  ],
  INTERNAL: ['bug', 'A defect of ours; `cause` has the error that nobody foresaw.'],
  JAVA_NOT_FOUND: [
    'environment',
    'There is no Java that fits the Spark version; the error says how to get one.',
  ],
  MACHINE_FULL: ['user', 'Workers would take more than 80 % of this machine’s memory.'],
  NODE_DIED: [
    'environment',
    'A node’s daemon ended when it should run; the message has its last words.',
  ],
  NODE_FAILED: [
    'environment',
    'A node could not build itself; the message has the phase and the reason.',
  ],
  PLAN_CHANGED: [
    'environment',
    'What a launch would make has changed since it was planned; the message says how. Nothing was made.',
  ],
  PLAN_REFUSED: [
    'user',
    'A launch can’t be done as asked; `details.problems` holds all that is wrong.',
  ],
  PLATFORM_UNSUPPORTED: ['environment', 'This system can’t do it.'],
  PORT_TAKEN: ['environment', 'A port is in use by another program.'],
  PROVIDER_UNAVAILABLE: ['user', 'This version has no such provider.'],
  PYTHON_NOT_FOUND: ['environment', 'There is no fitting Python.'],
  SPARK_NOT_FOUND: [
    'environment',
    'There is no Spark where it was looked for, or no source served it.',
  ],
  SSH_AUTH_FAILED: [
    'user',
    'A node lets this user in with none of the keys that were offered; they are named.',
  ],
  SSH_UNREACHABLE: ['environment', 'A node’s SSH port can’t be reached; the message says why.'],
  TRANSFER_FAILED: [
    'environment',
    'A file could not be copied to or from a node, or was left out of a copy; the message says why.',
  ],
  USER_DATA_INVALID: [
    'user',
    'The user data of your own is of no kind that cloud-init knows, or can’t be read.',
  ],
  USER_DATA_TOO_LARGE: [
    'user',
    'The user data of your own leaves no room for what makes a node; the message says how much it may have.',
  ],
  WAIT_TIMEOUT: ['environment', 'Something took longer than its limit; the message says what.'],
} as const satisfies Record<string, readonly [source: ErrorSource, meaning: string]>;

/**
 * Whose fault an error is.
 *
 * - `user`: the request or the configuration is wrong; asking again in the same way fails again.
 * - `environment`: the machine, the network or the cloud said no; it may work later or elsewhere.
 * - `bug`: ours.
 */
export type ErrorSource = 'user' | 'environment' | 'bug';

/** A stable, documented name of a kind of error: `NOUN_PROBLEM`. */
export type ErrorCode = keyof typeof errorCodes;

/** What an error says beside its message. */
export interface ClusterErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** What can be done now: one way each, the best first. */
  readonly remedies?: readonly Remedy[];
  /** Facts for logs and programs: ids, paths, counts. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

// Symbol.for: two copies of the library, or a bundled and an unbundled one, still know each other's errors
// (`instanceof` and the constructor's name survive neither copies nor minifying).
const marker = Symbol.for('flintrock.ClusterError');

/**
 * The one family of errors that this library throws on purpose.
 *
 * @example
 * ```ts
 * try {
 *   await flintrock.launch('demo');
 * } catch (error) {
 *   if (isClusterError(error, 'CLUSTER_EXISTS')) await flintrock.start('demo');
 *   else throw error;
 * }
 * ```
 */
export class ClusterError extends Error {
  readonly [marker] = true;
  /** Stable name of the kind of error. */
  readonly code: ErrorCode;
  /** Whose fault it is. */
  readonly source: ErrorSource;
  /** What can be done now: one way each, the best first; empty if there is nothing to say. */
  readonly remedies: readonly Remedy[];
  /** Facts for logs and programs. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ClusterErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code === 'ABORTED' ? 'AbortError' : 'ClusterError';
    this.code = code;
    this.source = errorCodes[code][0];
    this.remedies = options.remedies ?? [];
    this.details = options.details ?? {};
  }
}

/**
 * Whether `error` is one of ours and, if `code` is given, of that kind.
 *
 * Works across bundles and across two copies of this library.
 */
export function isClusterError<C extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: C,
): error is ClusterError & { readonly code: C } {
  return (
    typeof error === 'object' &&
    error !== null &&
    marker in error &&
    (code === undefined || (error as { code?: unknown }).code === code)
  );
}

/** The error of a run that was stopped on purpose: neither a success nor a failure. */
export function abortError(signal: AbortSignal, doing: string): ClusterError {
  return new ClusterError('ABORTED', `Stopped while ${doing}.`, { cause: signal.reason });
}

/** Any thrown value as an error of ours: what isn't one already is a bug of ours, with its cause kept. */
export function toClusterError(error: unknown): ClusterError {
  if (isClusterError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ClusterError('INTERNAL', message, {
    cause: error,
    remedies: [{ text: 'This is a defect in Flintrock.', action: { report: true } }],
  });
}
