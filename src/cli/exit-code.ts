import type { ClusterError, ErrorCode } from '../model/errors.ts';

/** What the exit codes mean; a job's own code comes from `submit` too. */
export const exitCodes = {
  done: 0,
  failed: 1,
  /** Wrong usage or configuration: the same command fails again until it is changed. */
  usage: 2,
  /** `submit` itself failed: the job's own codes can't be told from 1. */
  submitFailed: 125,
  interrupted: 130,
} as const;

// What lies with the request itself. What lies with the state of a cluster or of the world is not among them: the same
// command may work tomorrow.
const usageErrors: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ARGUMENT_INVALID',
  'CLUSTER_AMBIGUOUS',
  'CLUSTER_NAME_INVALID',
  'CONFIG_INVALID',
  'CONFIG_NOT_FOUND',
  'CONFIG_UNTRUSTED',
  'IDENTITY_INVALID',
  'MACHINE_FULL',
  'PLAN_REFUSED',
  'PROVIDER_UNAVAILABLE',
]);

/** Whether an error is about what was asked for, not about what happened. */
function isUsageError(error: ClusterError): boolean {
  const { code, details } = error;
  if (usageErrors.has(code)) return true;
  // A file on this machine was named wrongly, for the command or in a plan; on a node it may come to be.
  return code === 'FILE_NOT_FOUND' && ('local' in details || 'problems' in details);
}

/** The exit code of a command that failed. */
export function exitCodeOf(error: ClusterError, failureCode: number = exitCodes.failed): number {
  if (error.code === 'ABORTED')
    // A user who answers no wasn't interrupted.
    return 'declined' in error.details ? exitCodes.failed : exitCodes.interrupted;
  return isUsageError(error) ? exitCodes.usage : failureCode;
}
