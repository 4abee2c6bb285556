/**
 * Every code an error of ours can carry, with whose fault it is.
 *
 * - `user`: the request or the configuration is wrong; asking again in the same way fails again.
 * - `environment`: the machine, the network or the cloud said no; it may work later or elsewhere.
 * - `bug`: ours.
 */
export const errorCodes = {
  ABORTED: 'user',
  ARGUMENT_INVALID: 'user',
  CLUSTER_AMBIGUOUS: 'user',
  CLUSTER_BUSY: 'environment',
  CLUSTER_EXISTS: 'user',
  CLUSTER_NAME_INVALID: 'user',
  CLUSTER_NOT_FOUND: 'user',
  CLUSTER_STATE_UNFIT: 'user',
  CLEANUP_INCOMPLETE: 'environment',
  CONFIG_INVALID: 'user',
  CONFIG_NOT_FOUND: 'user',
  CONFIG_EXISTS: 'user',
  DISK_FULL: 'environment',
  DOWNLOAD_FAILED: 'environment',
  CHECKSUM_MISMATCH: 'environment',
  FILE_NOT_FOUND: 'user',
  JAVA_NOT_FOUND: 'environment',
  JOB_NOT_ADMITTED: 'environment',
  MACHINE_FULL: 'user',
  NODE_DIED: 'environment',
  PLAN_REFUSED: 'user',
  PLATFORM_UNSUPPORTED: 'environment',
  PORT_TAKEN: 'environment',
  PROVIDER_UNAVAILABLE: 'user',
  PYTHON_NOT_FOUND: 'environment',
  SPARK_NOT_FOUND: 'environment',
  WAIT_TIMEOUT: 'environment',
  INTERNAL: 'bug',
} as const satisfies Record<string, ErrorSource>;

/** Whose fault an error is. */
export type ErrorSource = 'user' | 'environment' | 'bug';

/** A stable, documented name of a kind of error: `NOUN_PROBLEM`. */
export type ErrorCode = keyof typeof errorCodes;

/** What an error says beside its message. */
export interface ClusterErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** What the person can do now, as one sentence; may hold a command. */
  readonly hint?: string;
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
  /** What to do now, or `undefined` if there is nothing to say. */
  readonly hint: string | undefined;
  /** Facts for logs and programs. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ClusterErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code === 'ABORTED' ? 'AbortError' : 'ClusterError';
    this.code = code;
    this.source = errorCodes[code];
    this.hint = options.hint;
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
    hint: 'This is a defect of Flintrock. Please report it with the output of the same command under --debug.',
  });
}
