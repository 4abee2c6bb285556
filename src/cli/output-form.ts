import { usageError } from './parsing/usage-error.ts';

/** How a result is printed: for users, as the Python tool prints it, or as one JSON object. */
const outputForms = ['table', 'yaml', 'json'] as const;

/** See {@link outputForms}. */
export type OutputForm = (typeof outputForms)[number];

/** The variable that says it where no flag does. */
const outputVariable = 'FLINTROCK_OUTPUT';

/** The form that a user asked for; `undefined` leaves it to where the output goes. */
export function chosenForm(
  flags: { text(name: string): string | undefined; has(name: string): boolean },
  env: Readonly<Record<string, string | undefined>>,
): OutputForm | undefined {
  const text = flags.text('output');
  const chosen = text === undefined ? undefined : toForm(text, '--output');
  if (flags.has('json')) {
    if (chosen !== undefined && chosen !== 'json')
      throw usageError(`--json and --output ${chosen} can’t be used together`, null);
    return 'json';
  }
  if (chosen !== undefined) return chosen;
  const variable = env[outputVariable];
  // An empty variable is as good as none.
  return variable === undefined || variable === '' ? undefined : toForm(variable, outputVariable);
}

/** Whether a command line asks for JSON, as far as that can be told before it is parsed. */
export function seemsJson(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (args.includes('--json') || args.includes('--output=json')) return true;
  const at = args.indexOf('--output');
  return at < 0 ? env[outputVariable] === 'json' : args[at + 1] === 'json';
}

function toForm(text: string, source: string): OutputForm {
  const form = outputForms.find((one) => one === text);
  if (form !== undefined) return form;
  throw usageError(
    `${source}: "${text}" is not an output format`,
    null,
    `Use one of: ${outputForms.join(', ')}`,
  );
}
