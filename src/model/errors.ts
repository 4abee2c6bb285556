import { withoutDoubledStop } from '../base/sentence.ts';
import type { Remedy } from './remedy.ts';
import { systemFault } from './system-error.ts';

/**
 * Every code an error of ours can carry: whose fault it is, and what it means. `docs/errors.md` is made of it.
 *
 * @public
 */
export const errorCodes = {
  ABORTED: [
    'user',
    'The operation was canceled: by a signal, by Ctrl-C, or by answering "no" to a question.',
  ],
  ANSWER_TOO_LARGE: [
    'environment',
    'The response of a node, a daemon or a website exceeded the size limit and was not used.',
  ],
  APPLICATION_NOT_FOUND: [
    'user',
    'No event log of the application was found: it has not run on the cluster, or is no longer kept.',
  ],
  ARGUMENT_INVALID: [
    'user',
    'An argument is invalid, such as a count below 1, or a job that is neither a .py nor a .jar file.',
  ],
  AWS_CAPACITY_SHORT: [
    'environment',
    'EC2 has insufficient capacity for the instance types; the message lists what was tried.',
  ],
  AWS_CLOCK_SKEWED: [
    'environment',
    'AWS rejects requests because this machine’s clock is wrong; the message says by how much.',
  ],
  AWS_CREDENTIALS_EXPIRED: ['user', 'The AWS credentials have expired; sign in again.'],
  AWS_CREDENTIALS_INVALID: ['user', 'AWS does not accept the credentials.'],
  AWS_CREDENTIALS_MISSING: ['user', 'No AWS credentials were found.'],
  AWS_MFA_REQUIRED: [
    'user',
    'The AWS profile requires the code of an MFA device, which was not entered.',
  ],
  AWS_PERMISSION_DENIED: [
    'user',
    'The credentials lack a permission; the message names the IAM action.',
  ],
  AWS_QUOTA_EXCEEDED: [
    'environment',
    'A service quota of the AWS account is exceeded; the message names it.',
  ],
  AWS_REQUEST_FAILED: [
    'environment',
    'A request to AWS failed for another reason, which the message quotes.',
  ],
  AWS_RESOURCE_NOT_FOUND: [
    'user',
    'An AMI, subnet, key pair, security group or instance profile was not found.',
  ],
  AWS_THROTTLED: ['environment', 'AWS throttled the requests, also after retries.'],
  AWS_UNREACHABLE: ['environment', 'AWS can’t be reached from this machine.'],
  CHECKSUM_MISMATCH: [
    'environment',
    'The checksum of a download doesn’t match; the download is not used.',
  ],
  CLEANUP_INCOMPLETE: [
    'environment',
    'Some resources could not be removed; `details.left` lists them.',
  ],
  CLIENT_ADDRESS_UNKNOWN: [
    'environment',
    'This machine’s public IP address could not be determined; configure where access is allowed from.',
  ],
  CLUSTER_AMBIGUOUS: ['user', 'Several clusters have this name; specify the provider or Region.'],
  CLUSTER_BUSY: ['environment', 'Another process is working on the cluster.'],
  CLUSTER_EXISTS: ['user', 'A cluster with this name already exists.'],
  CLUSTER_NAME_INVALID: ['user', 'The name is not a valid cluster name.'],
  CLUSTER_NOT_FOUND: ['user', 'The cluster was not found, or was destroyed in the meantime.'],
  CLUSTER_STATE_UNFIT: [
    'user',
    'The operation is not possible in the current state of the cluster.',
  ],
  CONFIG_INVALID: [
    'user',
    'The configuration or the options are invalid; `details.problems` lists all problems.',
  ],
  CONFIG_NOT_FOUND: ['user', 'The specified configuration file was not found.'],
  CONFIG_UNTRUSTED: [
    'user',
    'A configuration file in the current folder sets options that affect code, access or costs, and was not allowed to; specifying the file allows it.',
  ],
  CONFIRMATION_REQUIRED: [
    'user',
    'The operation costs money or deletes something, and must be confirmed by a user who can’t be asked.',
  ],
  CONNECT_SESSION_ENDED: [
    'environment',
    'A Spark session that a client uses no longer exists on the server; create a new one.',
  ],
  CONNECT_UNSUPPORTED: ['user', 'Spark Connect is not available: it requires Spark 4.0 or newer.'],
  DISK_FULL: ['environment', 'There is not enough disk space.'],
  DOWNLOAD_FAILED: ['environment', 'A download failed.'],
  FILE_ACCESS_FAILED: [
    'environment',
    'A file or folder can’t be read or written: permissions, a read-only file system, or a limit of the system; the message says which.',
  ],
  FILE_NOT_FOUND: ['user', 'A file or folder was not found.'],
  FOLDER_UNSAFE: ['environment', 'A folder that must belong to the user belongs to another user.'],
  HOST_KEY_UNKNOWN: [
    'user',
    'A node’s host key was not known to this machine, could not be verified, and was not accepted.',
  ],
  HOST_KEY_CHANGED: [
    'environment',
    'A node’s host key doesn’t match the cluster’s; the connection was refused.',
  ],
  IDENTITY_INVALID: [
    'user',
    'The private key can’t be used: not a key, an unsupported format, or a wrong passphrase.',
  ],
  INTERNAL: ['bug', 'A defect in Flintrock; `cause` has the unexpected error.'],
  JAVA_NOT_FOUND: [
    'environment',
    'No Java that the Spark version supports was found; the error says how to install one.',
  ],
  JOB_NOT_FOUND: ['user', 'No cluster knows a job with this ID.'],
  JOB_WAITING: [
    'environment',
    'A job waits for cores or memory that the cluster doesn’t have, or that other applications hold; the message says which.',
  ],
  MACHINE_FULL: ['user', 'The workers would use more than 80% of this machine’s memory.'],
  NODE_DIED: [
    'environment',
    'A node failed, or its daemon exited unexpectedly; the message gives the reason.',
  ],
  NODE_FAILED: [
    'environment',
    'A node could not be set up; the message gives the phase and the reason.',
  ],
  PACKAGE_MISMATCH: [
    'user',
    'A package is for another version of Spark, Scala or Hadoop than the cluster’s; the message names the one that fits.',
  ],
  PACKAGE_UNAVAILABLE: [
    'environment',
    'A package could not be fetched; the message names it, and gives the reason.',
  ],
  S3_UNAVAILABLE: [
    'environment',
    'A path on S3 that a cluster uses can’t be read with its credentials; the message gives the reason.',
  ],
  PLAN_CHANGED: [
    'environment',
    'The plan of a launch has changed since it was confirmed; the message says how. Nothing was created.',
  ],
  PLAN_REFUSED: [
    'user',
    'The launch is not possible as requested; `details.problems` lists all problems.',
  ],
  PLATFORM_UNSUPPORTED: ['environment', 'The operation is not supported on this system.'],
  PORT_TAKEN: ['environment', 'A port is in use by another program.'],
  PROVIDER_UNAVAILABLE: ['user', 'The provider is not available in this version.'],
  PYTHON_ENVIRONMENT_UNFIT: [
    'user',
    'The folder .venv exists and can’t be used: another Python version, not a Python environment, or not allowed.',
  ],
  PYTHON_INSTALL_FAILED: [
    'environment',
    'A Python environment could not be created, or packages could not be installed; the message gives the reason.',
  ],
  PYTHON_MISMATCH: [
    'user',
    'The Python of a client has another minor version than that of the cluster.',
  ],
  PYTHON_NOT_FOUND: ['environment', 'No supported Python was found.'],
  PYTHON_PACKAGE_MISSING: [
    'user',
    'A Python package that a function requires is not installed on the nodes.',
  ],
  SPARK_NOT_FOUND: [
    'environment',
    'Spark was not found in the specified folder, or could not be downloaded.',
  ],
  SSH_AUTH_FAILED: [
    'user',
    'A node rejected the user and the keys that were offered; the message lists them.',
  ],
  SSH_UNREACHABLE: ['environment', 'A node’s SSH port can’t be reached; the message says why.'],
  TRANSFER_FAILED: [
    'environment',
    'A file could not be copied to or from a node, or was skipped; the message says why.',
  ],
  PRICE_UNKNOWN: [
    'environment',
    'A price is required, for example for a maximum cost, but AWS’s price list is not available.',
  ],
  USER_DATA_INVALID: [
    'user',
    'Your user data can’t be read, or is in a format that cloud-init doesn’t support.',
  ],
  USER_DATA_TOO_LARGE: [
    'user',
    'Your user data is too large; the message says how large it can be.',
  ],
  WAIT_TIMEOUT: ['environment', 'An operation timed out; the message says which.'],
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
    super(
      withoutDoubledStop(message),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
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

/**
 * Any thrown value as an error of ours, with its cause kept: what isn't one already, nor trouble of the operating system with files, is a
 * bug of ours.
 */
export function toClusterError(error: unknown): ClusterError {
  if (isClusterError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  const fault = systemFault(error);
  if (fault !== undefined) {
    const { code, reason, path, remedies } = fault;
    const what = path === undefined ? 'A file can’t be read or written' : `${path} can’t be used`;
    return new ClusterError(code, `${what}: ${reason}.`, { cause: error, remedies });
  }
  return new ClusterError('INTERNAL', message, {
    cause: error,
    remedies: [{ text: 'This is a defect in Flintrock.', action: { report: true } }],
  });
}
