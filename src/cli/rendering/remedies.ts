import { shellWord } from '../../base/shell-word.ts';
import { optionNames, options } from '../../config/options/options.ts';
import type {
  OptionAction,
  Remedy,
  RemedyAction,
  RemedyVerb,
  RemedyVerbs,
  VerbAction,
} from '../../model/remedy.ts';
import type { ClusterFlag } from './command-line.ts';
import { commandLine } from './command-line.ts';

/** The arguments behind a verb's name and its cluster. */
const argumentsOf: {
  readonly [V in RemedyVerb]: (options: RemedyVerbs[V]) => readonly string[];
} = {
  addWorkers: ({ count, takeOver }) => ['--num-workers', String(count), ...taking(takeOver)],
  authorize: () => [],
  describe: () => [],
  destroy: () => [],
  doctor: ({ fix }) => (fix === true ? ['--fix'] : []),
  install: ({ packages, takeOver }) => [...packages.map(shellWord), ...taking(takeOver)],
  pythonEnv: () => [],
  removeWorkers: ({ count, drainSeconds, takeOver }) => [
    '--num-workers',
    String(count),
    '--drain-seconds',
    String(drainSeconds),
    ...taking(takeOver),
  ],
  repair: ({ takeOver }) => taking(takeOver),
  resume: () => [],
  runCommand: ({ command, masterOnly }) => [
    ...(masterOnly ? ['--master-only'] : []),
    quoted(command),
  ],
  start: () => [],
  stop: ({ dropSpotWorkers, discardHdfsData, takeOver }) => [
    ...(dropSpotWorkers === true ? ['--drop-spot-workers'] : []),
    ...(discardHdfsData === true ? ['--discard-hdfs-data'] : []),
    ...taking(takeOver),
  ],
};

function taking(takeOver: true | undefined): readonly string[] {
  return takeOver === true ? ['--take-over'] : [];
}

/**
 * A remedy as one line with the command or the flag for it: `Remove it: flintrock destroy demo`.
 *
 * @param given the flags of the call that says so, of which the command needs those again that say which cluster is meant
 */
export function remedyLine({ text, action }: Remedy, given: readonly ClusterFlag[]): string {
  if (action === undefined) return text;
  if ('report' in action)
    return `${text} Please report it with the output of the same command under --debug.`;
  return `${text.replace(/\.$/, '')}: ${commandText(action, given)}`;
}

/** Remedies as one text, as JSON and logs have them. */
export function remediesLine(remedies: readonly Remedy[], given: readonly ClusterFlag[]): string {
  return remedies.map((remedy) => remedyLine(remedy, given)).join(' ');
}

function commandText(
  action: Exclude<RemedyAction, { readonly report: true }>,
  given: readonly ClusterFlag[],
): string {
  if ('program' in action) return action.program.map(shellWord).join(' ');
  return 'verb' in action ? verbText(action, given) : flagText(action);
}

function verbText(
  { verb, cluster, options: asked }: VerbAction,
  given: readonly ClusterFlag[],
): string {
  const name = verb.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const args = (argumentsOf[verb] as (options: typeof asked) => readonly string[])(asked);
  return commandLine(name, cluster, args, given);
}

/** A flag, with its value if there is one to give. */
function flagText({ option, value }: OptionAction): string {
  const name = optionNames.find((one) => options[one].key === option);
  const flag = name === undefined ? option : options[name].flag;
  if (typeof value === 'boolean') return value ? flag : `--no-${flag.slice(2)}`;
  return value === undefined ? flag : `${flag} ${shellWord(value)}`;
}

/** A command as one word: in double quotes, which every shell knows, where nothing in it means something to one. */
function quoted(command: string): string {
  return /^[^"$`\\!%]*$/.test(command) ? `"${command}"` : shellWord(command);
}
