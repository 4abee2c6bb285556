import { usageError } from './usage-error.ts';

/**
 * Reads the values of `--conf`: `spark.executor.memory=1g`.
 *
 * @param command for the hint where one is no property with a value
 */
export function parseConf(texts: readonly string[], command: string): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1)
        throw usageError(
          `--conf: "${text}" is no property with a value`,
          command,
          'Example: --conf spark.executor.memory=1g',
        );
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
