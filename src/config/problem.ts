import type { ClusterError } from '../model/errors.ts';

/** Something wrong with a configuration, or worth knowing, and where it stands. */
export interface ConfigProblem {
  /** `error`: nothing is done until it is fixed. */
  readonly severity: 'error' | 'warning';
  /** The file it stands in; `null` if it came by a flag or from a program. */
  readonly file: string | null;
  /** 1-based; `null` where there is no text to point at. */
  readonly line: number | null;
  /** 1-based; `null` where there is no text to point at. */
  readonly column: number | null;
  /** The key as written, with its sections before it (`launch.num-slaves`); a flag's spelling for a flag; `null` if it is about no single key. */
  readonly key: string | null;
  /** What is wrong. */
  readonly message: string;
  /** What would be right. */
  readonly hint: string | null;
}

/**
 * A problem as text: `file:line:column: error: message`, and its hint on a line of its own.
 *
 * @example `config.yaml:3:3: error: Unknown key "num-slave" in launch.\n  Did you mean "num-slaves"?`
 */
export function formatProblem(problem: ConfigProblem): string {
  const { file, line, column, severity, message, hint } = problem;
  const place = [file, line, column].filter((part) => part !== null).join(':');
  const head = `${place === '' ? '' : `${place}: `}${severity}: ${message}`;
  return hint === null ? head : `${head}\n  ${hint}`;
}

/** What is wrong by an error about a configuration, the first first; empty if the error is about anything else, or says no more. */
export function configErrors({
  code,
  details,
}: Pick<ClusterError, 'code' | 'details'>): readonly ConfigProblem[] {
  if (code !== 'CONFIG_INVALID' || !Array.isArray(details['problems'])) return [];
  return (details['problems'] as ConfigProblem[]).filter(({ severity }) => severity === 'error');
}
