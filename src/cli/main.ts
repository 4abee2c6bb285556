import { searchConfig } from '../config/find.ts';
import { ClusterError, toClusterError } from '../model/errors.ts';
import { systemFault } from '../model/system-error.ts';
import type { Command, CommandEntry } from './command.ts';
import { exitCodeOf, exitCodes } from './exit-code.ts';
import { Interrupts } from './interrupts.ts';
import type { CliIo } from './io.ts';
import { chosenForm, type OutputForm, seemsJson } from './output-form.ts';
import { findCommand, registry } from './registry.ts';
import type { ClusterFlag } from './rendering/command-line.ts';
import { wantsColor } from './rendering/palette.ts';
import type { PythonSentence } from './rendering/python-form.ts';
import { writeJson, writeLine, writeOwnText } from './rendering/write.ts';
import type { Session } from './session.ts';

/**
 * The command line: runs one command in this process.
 *
 * @param argv the words after the program's name
 * @returns the exit code; it prints all there is to say before that
 */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
  const { parseRoot, splitCommand } = await import('./parsing/global-options.ts');
  let { name, rest } = splitCommand(argv);
  if (name === 'help') {
    [name, ...rest] = rest[0] === undefined ? ['--help'] : [rest[0], '--help'];
    if (name === '--help') [name, rest] = [undefined, ['--help']];
  }
  const entry = name === undefined ? undefined : findCommand(name);
  if (entry !== undefined) return runCommand(entry, rest, io);
  try {
    const asked = parseRoot(name === undefined ? rest : [name]);
    if (asked === 'version')
      writeLine(io.stdout, [[`flintrock, version ${await io.version()}`]], false);
    else {
      const { programHelp } = await import('./rendering/help.ts');
      writeOwnText(io.stdout, programHelp(registry));
    }
    requireOutput(io);
    return exitCodes.done;
  } catch (error) {
    const failed = toClusterError(error);
    await report(failed, io, guessSaid(argv, io.env));
    return exitCodeOf(failed);
  }
}

/** Refuses to call a success what nobody can read. */
function requireOutput(io: CliIo): void {
  const error = outputError(io);
  if (error !== undefined) throw error;
}

/** The error of output that is lost, if some is. */
function outputError({ stdout: { failure } }: CliIo): ClusterError | undefined {
  if (failure === undefined) return undefined;
  const fault = systemFault(failure);
  return new ClusterError(
    fault?.code ?? 'FILE_ACCESS_FAILED',
    `The output could not be written: ${fault?.reason ?? failure.message}.`,
    { cause: failure, remedies: fault?.remedies ?? [] },
  );
}

/** What a call says of how it is answered. */
interface Said {
  json: boolean;
  debug: boolean;
  clusterFlags: readonly ClusterFlag[];
}

/** Until the words are taken apart nobody knows whose `--json` it is; this guess is right but for odd programs to be run. */
function guessSaid(words: readonly string[], env: CliIo['env']): Said {
  return { json: seemsJson(words, env), debug: words.includes('--debug'), clusterFlags: [] };
}

async function runCommand(
  entry: CommandEntry,
  args: readonly string[],
  io: CliIo,
): Promise<number> {
  const [command, { HelpAsked, parseCommand }] = await Promise.all([
    entry.load(),
    import('./parsing/parse.ts'),
  ]);
  const said = guessSaid(args, io.env);
  const interrupts = new Interrupts(io);
  let session: Session | undefined;
  let words: readonly string[] = [];
  try {
    const parsed = parseCommand(command, entry, args);
    const form = chosenForm(parsed.flags, io.env);
    said.json = form === 'json';
    said.debug = parsed.given.get('debug')?.text === true;
    said.clusterFlags = parsed.clusterFlags;
    session = await openSession(parsed.flags, { ...said, form }, interrupts, io, command);
    const [{ readFlags }, { validateFlags: requireFlags }] = await Promise.all([
      import('./parsing/option-flags.ts'),
      import('./parsing/validate-flags.ts'),
    ]);
    const { flags } = parsed;
    ({ args: words } = parsed);
    const { configFile } = session;
    const values = await requireFlags(command, readFlags(parsed.given), words[0], configFile, io);
    if (session.mustAllowConfig && configFile !== undefined && command.verb !== null) {
      const { requireConsent } = await import('./consent.ts');
      await requireConsent(session, configFile, command.verb, values);
    }
    const running = command.run({ args: words, flags, values, session });
    let ended = await Promise.race([running, interrupts.now]);
    if (ended === 'now') {
      const { graceMs, forcedStopError: stoppedAtOnce } = await import('./forced-stop.ts');
      const grace = io.clock.sleep(graceMs).then(() => 'now' as const);
      ended = await Promise.race([running, grace]);
      session.work?.view.end();
      if (ended === 'now') throw await stoppedAtOnce(session, values);
    }
    if (ended === exitCodes.done) requireOutput(io);
    return ended;
  } catch (error) {
    let cause = error;
    if (error instanceof HelpAsked) {
      writeOwnText(io.stdout, error.text);
      cause = outputError(io);
      if (cause === undefined) return exitCodes.done;
    }
    const failed = asInterruption(cause, interrupts.signal, session);
    const debug = said.debug || (await fileSaysDebug(session));
    const { errorJson } = command;
    const toJson = errorJson && ((one: ClusterError) => errorJson(one, words, said.clusterFlags));
    const first = await scriptSentence(failed, session, command.name, words[0]);
    await report(failed, io, { ...said, debug, toJson, first });
    return exitCodeOf(failed, command.failureCode);
  } finally {
    interrupts.end();
  }
}

async function openSession(
  flags: { text(name: string): string | undefined; has(name: string): boolean },
  { form, debug, clusterFlags }: Said & { readonly form: OutputForm | undefined },
  interrupts: Interrupts,
  io: CliIo,
  command: Command,
): Promise<Session> {
  const { Session: SessionClass } = await import('./session.ts');
  const explicit = flags.text('config');
  const search =
    // `configure` may be about a file that isn't there yet.
    command.verb === null && command.readsConfig !== true
      ? undefined
      : searchConfig({ ...placesOf(io), explicit });
  const quiet = flags.has('quiet');
  const session = new SessionClass({
    io,
    form,
    assumeYes: flags.has('assume-yes'),
    quiet,
    debug,
    events: flags.has('events'),
    clusterFlags,
    configFile: search?.found?.file,
    mustAllowConfig: search?.found?.origin === 'folder',
    isConfigNamed: search?.found?.origin === 'named',
    interrupts,
  });
  if (debug && search?.passedOver !== undefined)
    session.say([[`${search.passedOver} is not a Flintrock configuration and is ignored.`, 'dim']]);
  interrupts.isAnswer = () => session.asking;
  interrupts.onFirst = () => {
    const { work } = session;
    // Where a question follows, or nothing is to be cleaned up, there is nothing to say.
    if (
      work === undefined ||
      session.asking ||
      ['plan', 'describe', 'submit'].includes(work.progress.verb)
    )
      return;
    work.view.note('Stopping… Press Ctrl-C again to stop immediately.');
  };
  return session;
}

function placesOf({
  cwd,
  env,
  home,
  platform,
}: CliIo): Omit<Parameters<typeof searchConfig>[0], 'explicit'> {
  return { cwd, env, home, platform };
}

/** What was stopped by Ctrl-C is no failure, whatever it stumbled over on its way out. */
function asInterruption(
  error: unknown,
  signal: AbortSignal,
  session: Session | undefined,
): ClusterError {
  const failed = toClusterError(error);
  if (!signal.aborted) return failed;
  const { code, message, source, remedies, details } = failed;
  const stopped =
    code === 'ABORTED' ? message : source === 'bug' ? 'Stopped.' : `Stopped: ${message}`;
  const progress = session?.work?.progress;
  const clean =
    progress?.left?.length === 0 ? ` All resources of "${progress.cluster}" were removed.` : '';
  // Ctrl-C at a question is no answer.
  const { declined, ...others } = details;
  return new ClusterError('ABORTED', declined === undefined ? `${stopped}${clean}` : message, {
    cause: error,
    details: others,
    remedies: source === 'bug' ? [] : remedies,
  });
}

/** `debug: true` in the file counts where an error is to be shown; nothing else needs to know. */
async function fileSaysDebug(session: Session | undefined): Promise<boolean> {
  if (session?.configFile === undefined) return false;
  try {
    const { loadConfig } = await import('../config/load.ts');
    return loadConfig(session.configFile).values.debug === true;
  } catch {
    return false;
  }
}

/** What the Python tool says first of such an error, where a script may look for it: not on a terminal, nor in another form. */
async function scriptSentence(
  error: ClusterError,
  session: Session | undefined,
  command: string,
  cluster: string | undefined,
): Promise<PythonSentence | undefined> {
  if (session?.isForScripts !== true || session.io.stderr.isTTY) return undefined;
  const { pythonSentence } = await import('./rendering/python-form.ts');
  return pythonSentence(error, { command, cluster });
}

/** How an error is reported. */
interface ReportOptions extends Readonly<Said> {
  /** What JSON is made of it, if not the usual. */
  readonly toJson?: ((error: ClusterError) => object) | undefined;
  /** What is said on standard error before all else. */
  readonly first?: PythonSentence | undefined;
}

async function report(
  error: ClusterError,
  io: CliIo,
  { json, debug, clusterFlags, toJson, first }: ReportOptions,
): Promise<void> {
  const { debugLines, errorLines } = await import('./rendering/errors.ts');
  const { stdout, stderr, env } = io;
  // In a log lines aren't broken: a message is to be found by its words.
  const width = stderr.isTTY ? (stderr.columns ?? 80) : Infinity;
  if (json) {
    const { errorJson } = await import('./rendering/json.ts');
    writeJson(stdout, toJson?.(error) ?? errorJson(error, clusterFlags));
  }
  const color = wantsColor(stderr.isTTY, env);
  if (first !== undefined) writeLine(stderr, [[first.text]], color);
  if (first?.isAll === true && !debug) return;
  for (const line of errorLines(error, width, clusterFlags)) writeLine(stderr, line, color);
  if (debug) for (const line of debugLines(error)) writeLine(stderr, [[line]], false);
}
