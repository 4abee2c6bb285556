import { ClusterError } from '../../model/errors.ts';

/** What a notebook may take for granted, and a script has not: a session called `spark`. */
const preamble = `from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
`;

/** Commands of IPython, and magics of cells, are no Python. */
const commandLine = /^\s*[!%]/;

/** A notebook as a script, and how many of its lines it has as comments because they are commands of the notebook. */
export interface NotebookScript {
  readonly text: string;
  readonly skipped: number;
}

/**
 * A Jupyter notebook as a script: its code cells, one after the other.
 *
 * @param json text of the `.ipynb` (nbformat 4)
 * @throws ClusterError `ARGUMENT_INVALID`
 */
export function scriptOfNotebook(json: string, file: string): NotebookScript {
  let skipped = 0;
  const cells = cellsOf(json, file).map((source, index) => {
    const lines = source.split('\n');
    // The magic of a cell makes all of it something else: `%%sql`, `%%bash`.
    const isForeign = (lines.find((line) => line.trim() !== '') ?? '').trim().startsWith('%%');
    const kept = lines.map((line) => {
      if (!isForeign && !commandLine.test(line)) return line;
      if (line.trim() !== '') skipped++;
      const indent = /^\s*/.exec(line)?.[0] ?? '';
      return isForeign ? `# ${line}` : `${indent}pass  # ${line.trim()}`;
    });
    return `# Cell ${index + 1}\n${kept.join('\n')}\n`;
  });
  return { text: [preamble, ...cells].join('\n'), skipped };
}

function cellsOf(json: string, file: string): string[] {
  let cells: unknown;
  try {
    ({ cells } = JSON.parse(json) as { cells?: unknown });
  } catch {
    // Told below.
  }
  if (!Array.isArray(cells))
    throw new ClusterError('ARGUMENT_INVALID', `${file} is not a Jupyter notebook.`);
  return (cells as unknown[]).flatMap((cell) => {
    const { cell_type: type, source } = (cell ?? {}) as { cell_type?: unknown; source?: unknown };
    if (type !== 'code') return [];
    const text = Array.isArray(source) ? source.join('') : source;
    return typeof text === 'string' ? [text] : [];
  });
}
