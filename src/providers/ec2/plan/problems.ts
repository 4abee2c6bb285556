import { type ErrorCode, toClusterError } from '../../../model/errors.ts';
import type { PlanProblem } from '../../../model/plan.ts';
import type { Report } from '../../../node/services/spark-release.ts';

/** Errors that make every further question to AWS end the same. */
const hopeless: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'AWS_CREDENTIALS_MISSING',
  'AWS_CREDENTIALS_EXPIRED',
  'AWS_CREDENTIALS_INVALID',
  'AWS_CLOCK_SKEWED',
  'AWS_UNREACHABLE',
]);

/** What is wrong with a launch: all of it, for one plan. */
export class PlanProblems {
  readonly #list: PlanProblem[] = [];

  constructor(private readonly signal: AbortSignal) {}

  get list(): readonly PlanProblem[] {
    return this.#list;
  }

  /** Whether the launch can be carried out. */
  get none(): boolean {
    return this.#list.every(({ severity }) => severity !== 'error');
  }

  readonly report: Report = (severity, code, message, remedies, key = null) => {
    // One missing permission may stand in the way of several questions.
    if (!this.#list.some((problem) => problem.code === code && problem.message === message))
      this.#list.push({ severity, code, message, remedies, key });
  };

  /**
   * Asks something; that it can't be told is a problem among others, and `undefined`.
   *
   * @throws ClusterError if no further question can have an answer
   */
  async attempt<T>(ask: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (thrown) {
      const error = toClusterError(thrown);
      if (this.signal.aborted || error.code === 'INTERNAL' || hopeless.has(error.code))
        throw thrown;
      this.report('error', error.code, error.message, error.remedies);
      return undefined;
    }
  }
}
