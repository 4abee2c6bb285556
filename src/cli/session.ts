import type { FlintrockEngine } from '../engine/flintrock.ts';
import type { ProviderKind } from '../model/cluster/cluster.ts';
import type { EngineEvent, Verb } from '../model/events.ts';
import type { HostOutput } from '../model/host.ts';
import { Progress } from '../model/progress.ts';
import { CliHost } from './host.ts';
import type { Interrupts } from './interrupts.ts';
import type { CliIo, Output } from './io.ts';
import type { OutputForm } from './output-form.ts';
import type { ClusterFlag } from './rendering/command-line.ts';
import { type Line, wantsColor } from './rendering/palette.ts';
import { DebugView } from './rendering/views/debug-view.ts';
import { EventsView } from './rendering/views/events-view.ts';
import { LiveView } from './rendering/views/live-view.ts';
import { PlainView } from './rendering/views/plain-view.ts';
import type { View } from './rendering/views/view.ts';
import { writeJson, writeLine } from './rendering/write.ts';

/** What a session is made of. */
export interface SessionOptions {
  readonly io: CliIo;
  /** How the result is printed, if the user said so. */
  readonly form: OutputForm | undefined;
  /** Whether the user has answered yes to all questions. */
  readonly assumeYes: boolean;
  /** Whether only the result, warnings and errors are printed. */
  readonly quiet: boolean;
  readonly debug: boolean;
  /** Whether events are printed as JSON lines. */
  readonly events: boolean;
  /** Flags of the call that say which cluster is meant: command lines that are printed need them again. */
  readonly clusterFlags: readonly ClusterFlag[];
  readonly configFile: string | undefined;
  /** Whether that file merely lies in the current folder: the user is asked before it decides anything that matters. */
  readonly mustAllowConfig: boolean;
  /** Whether the user named that file. */
  readonly isConfigNamed: boolean;
  /** What tells of Ctrl-C, and of the end of the terminal. */
  readonly interrupts: Pick<Interrupts, 'signal' | 'isUserGone' | 'isHungUp'>;
}

/** What these say is the output of a program: nothing comes between its lines. */
const outputVerbs: ReadonlySet<Verb> = new Set<Verb>(['submit', 'runCommand']);

/** Work of the engine that goes on. */
export interface Work {
  readonly progress: Progress;
  readonly view: View;
}

/** One run of one command: where its output goes, and how it reaches the engine. */
export class Session {
  readonly io: CliIo;
  /** How the result is printed: what the user asked for, else a table on a terminal, and anywhere else what the Python tool prints. */
  readonly form: OutputForm;
  readonly assumeYes: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly events: boolean;
  readonly clusterFlags: readonly ClusterFlag[];
  readonly configFile: string | undefined;
  readonly #isConfigNamed: boolean;
  readonly mustAllowConfig: boolean;
  /** Aborts at the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly #interrupts: SessionOptions['interrupts'];
  /** The work that goes on now, or went on last. */
  work: Work | undefined;
  /** Whether the user is being asked something: Ctrl-C is an answer then. */
  asking = false;
  readonly #chosen: OutputForm | undefined;
  readonly #listeners: ((event: EngineEvent) => void)[] = [];
  #outputListener: ((output: HostOutput) => Output) | undefined;
  #engine: Promise<FlintrockEngine> | undefined;
  #toldSource = false;

  constructor(options: SessionOptions) {
    this.io = options.io;
    this.#chosen = options.form;
    this.form = options.form ?? (options.io.stdout.isTTY ? 'table' : 'yaml');
    this.assumeYes = options.assumeYes;
    this.quiet = options.quiet;
    this.debug = options.debug;
    this.events = options.events;
    this.clusterFlags = options.clusterFlags;
    this.configFile = options.configFile;
    this.#isConfigNamed = options.isConfigNamed;
    this.mustAllowConfig = options.mustAllowConfig;
    this.signal = options.interrupts.signal;
    this.#interrupts = options.interrupts;
  }

  /** Whether the result is one JSON object. */
  get json(): boolean {
    return this.form === 'json';
  }

  /** Whether what goes into pipes and files is as the Python tool prints it: nobody asked for anything else. */
  get isForScripts(): boolean {
    return this.#chosen === undefined || this.#chosen === 'yaml';
  }

  /** Width that output is made for. */
  get width(): number {
    return this.io.stdout.columns ?? (Number(this.io.env['COLUMNS']) || 80);
  }

  /** Whether there is a user who can be asked, and sees the question. */
  get canAsk(): boolean {
    return this.io.stdinIsTTY && this.io.stderr.isTTY && !this.#interrupts.isUserGone;
  }

  /** Whether a launch may follow what the user works with: not in a script, where the same file is to give the same cluster. */
  get followsEnvironment(): boolean {
    return this.canAsk && !this.#isConfigNamed && !this.io.env['CI'];
  }

  /** Whether the terminal has ended: what runs on the cluster goes on without it. */
  get isHungUp(): boolean {
    return this.#interrupts.isHungUp;
  }

  /** The engine, loaded on first use. */
  engine(): Promise<FlintrockEngine> {
    this.#engine ??= this.io.makeEngine(new CliHost(this), this.configFile);
    return this.#engine;
  }

  /** Calls back for each event of the engine. */
  onEvent(listener: (event: EngineEvent) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Calls back for what programs on the cluster print, byte for byte.
   *
   * @param listener gives the output that it wrote to, if any: no more is read until that one's reader has taken it
   */
  onOutput(listener: (output: HostOutput) => Output): void {
    this.#outputListener = listener;
  }

  /** Takes what a program on the cluster printed. */
  takeOutput(output: HostOutput): Promise<void> | undefined {
    return this.#outputListener?.(output).drained?.();
  }

  /** Takes an event of the engine. */
  notify(event: EngineEvent): void {
    if (event.code === 'plan.ready') this.saySource(event.provider);
    for (const listener of this.#listeners) listener(event);
    this.work?.view.notify(event);
  }

  /**
   * Prints the result.
   *
   * @param json as one JSON object
   * @param lines for a user
   * @param script as the Python tool prints it, for scripts that read that
   */
  result(json: object, lines: () => readonly Line[], script = lines): void {
    const { stdout, env } = this.io;
    if (this.json) {
      writeJson(stdout, json);
      return;
    }
    const color = wantsColor(stdout.isTTY, env);
    for (const line of this.form === 'yaml' ? script() : lines()) writeLine(stdout, line, color);
  }

  /** Whether a part of a result can be shown while the rest is waited for: in a file there would be two results. */
  get canPreview(): boolean {
    return this.form === 'table' && this.io.stdout.isTTY;
  }

  /** Shows a part of a result for a user while the rest is waited for. */
  preview(lines: readonly Line[]): void {
    if (this.canPreview) this.work?.view.preview?.(lines);
  }

  /** Says something on standard error. */
  say(line: Line): void {
    const { stderr, env } = this.io;
    if (this.work === undefined) writeLine(stderr, line, wantsColor(stderr.isTTY, env));
    else this.work.view.print(line);
  }

  /** Says, once, what the settings come from. */
  saySource(provider: ProviderKind): void {
    if (this.quiet || this.#toldSource) return;
    // In a log the first line is what failed: scripts look for it there.
    if (!this.io.stderr.isTTY && !this.debug) return;
    this.#toldSource = true;
    const file =
      this.configFile === undefined ? 'No configuration file' : shorten(this.configFile, this.io);
    this.say([[`${file}; provider ${provider}`, 'dim']]);
  }

  /**
   * Shows what the engine does while `work` goes on.
   *
   * @param added how many nodes are going to be added to a cluster
   */
  async watch<T>(cluster: string, verb: Verb, work: () => Promise<T>, added = 0): Promise<T> {
    const { clock, stderr, env } = this.io;
    const progress = new Progress(cluster, verb, clock.now(), added);
    const color = wantsColor(stderr.isTTY, env);
    const quiet = this.quiet || outputVerbs.has(verb);
    const picture = stderr.isTTY && env['TERM'] !== 'dumb' && !quiet;
    const options = { output: stderr, clock, progress, clusterFlags: this.clusterFlags };
    const onExit = (listener: () => void): (() => void) => this.io.onExit(listener);
    const view = this.events
      ? new EventsView(options)
      : this.debug
        ? new DebugView(options)
        : picture
          ? new LiveView({ ...options, color, onExit })
          : new PlainView({ ...options, color, quiet });
    this.work = { progress, view };
    try {
      return await work();
    } finally {
      this.work.view.end();
    }
  }

  /** Ends the picture of what goes on: from now on the terminal is that of a program's output. */
  endPicture(): void {
    if (this.work === undefined || this.events || this.debug) return;
    const { stderr, clock, env } = this.io;
    const { progress, view } = this.work;
    view.end();
    const color = wantsColor(stderr.isTTY, env);
    const { clusterFlags } = this;
    const options = { output: stderr, clock, progress, clusterFlags, color, quiet: true };
    this.work = { progress, view: new PlainView(options) };
  }
}

/** A path as a user would write it. */
export function shorten(path: string, { cwd, home }: Pick<CliIo, 'cwd' | 'home'>): string {
  if (path.startsWith(`${cwd}/`)) return `./${path.slice(cwd.length + 1)}`;
  return path.startsWith(`${home}/`) ? `~/${path.slice(home.length + 1)}` : path;
}
