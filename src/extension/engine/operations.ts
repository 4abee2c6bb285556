import * as vscode from 'vscode';
import type { PartialValues } from '../../config/options/options.ts';
import type { FlintrockEngine } from '../../engine/flintrock.ts';
import { type ClusterError, isClusterError, toClusterError } from '../../model/errors.ts';
import type { EngineEvent, Verb } from '../../model/events.ts';
import type { Host } from '../../model/host.ts';
import { Progress } from '../../model/progress.ts';
import { formatProgress } from '../../text/progress.ts';
import { clusterKey, type LocatedCluster } from '../clusters/cluster-ref.ts';
import { withProgress } from '../ui/window.ts';
import { EditorHost } from './editor-host.ts';
import type { EngineFactory } from './engine-factory.ts';
import { logError, logEvent } from './log.ts';

/** Verbs that change nothing. */
const readingVerbs: ReadonlySet<Verb> = new Set<Verb>(['plan', 'describe', 'doctor', 'explain']);

/** A verb that runs in this window. */
export interface Operation {
  /** The cluster that it is about; `undefined` if it is about all. */
  readonly ref: LocatedCluster | undefined;
  readonly verb: Verb;
  readonly title: string;
  readonly startedAt: number;
  readonly progress: Progress;
  readonly cancel: () => void;
  /** Resolves when it has ended, one way or the other. */
  readonly ended: Promise<void>;
}

/** What to do, and how to say so. */
export interface OperationRequest<T> {
  /** The cluster that it is about; `undefined` if it is about all. */
  readonly ref: LocatedCluster | undefined;
  readonly verb: Verb;
  /** Such as `Starting "demo"`. */
  readonly title: string;
  readonly work: (
    engine: FlintrockEngine,
    options: {
      readonly values: PartialValues;
      readonly signal: AbortSignal;
      readonly host: Host;
    },
  ) => Promise<T>;
  /** The engine to do it with, if it isn't that of the place: default without a place is the configured one. */
  readonly engine?: (() => Promise<FlintrockEngine>) | undefined;
  readonly onEvent?: ((event: EngineEvent) => void) | undefined;
  /** Where its progress is seen, beside the status bar. Default: a notification that can cancel it. */
  readonly location?: 'notification' | 'window' | 'elsewhere' | undefined;
  /** Hears of the way to cancel it. */
  readonly onStart?: ((cancel: () => void) => void) | undefined;
}

/** How a verb ended. */
export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ClusterError };

/** Runs the engine's verbs: with progress that can be cancelled, in the log, and listed while they run. */
export class Operations implements vscode.Disposable {
  readonly #engines: EngineFactory;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #running = new Map<number, Operation>();
  #next = 0;
  readonly onDidChange = this.#changed.event;

  constructor(engines: EngineFactory, log: vscode.LogOutputChannel) {
    this.#engines = engines;
    this.#log = log;
  }

  get running(): readonly Operation[] {
    return [...this.#running.values()];
  }

  /** Those that change a cluster. */
  get changing(): readonly Operation[] {
    return this.running.filter(({ verb }) => !readingVerbs.has(verb));
  }

  /** What is done with a cluster in this window, as text. */
  doing(ref: LocatedCluster): string | undefined {
    const key = clusterKey(ref);
    const operation = this.running.find(
      (one) =>
        one.ref !== undefined &&
        (clusterKey(one.ref) === key ||
          // The location of a launch's cluster is known at its end only.
          ((one.verb === 'launch' || one.verb === 'resume') && one.ref.name === ref.name)),
    );
    const text = operation === undefined ? '' : formatProgress(operation.progress, vscode.l10n.t);
    return text === '' ? undefined : text;
  }

  /** Runs a verb; never rejects. */
  async run<T>(request: OperationRequest<T>): Promise<Outcome<T>> {
    const { ref, verb, title, location = 'notification' } = request;
    const abort = new AbortController();
    const id = this.#next++;
    const cancel = (): void => abort.abort(new Error('canceled in the editor'));
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const startedAt = Date.now();
    const progress = new Progress(ref?.name ?? '', verb, startedAt);
    const operation: Operation = { ref, verb, title, startedAt, progress, cancel, ended };
    this.#running.set(id, operation);
    this.#changed.fire();
    request.onStart?.(cancel);
    const work = async (report: (message: string) => void): Promise<Outcome<T>> => {
      let said = '';
      const host = new EditorHost((event) => {
        logEvent(this.#log, event);
        progress.apply(event, Date.now());
        request.onEvent?.(event);
        const text = formatProgress(progress, vscode.l10n.t);
        if (text === said) return;
        said = text;
        report(text);
        this.#changed.fire();
      });
      try {
        const { engine, values } =
          request.engine === undefined && ref !== undefined
            ? await this.#engines.forCluster(ref)
            : {
                engine: await (request.engine?.() ?? this.#engines.configured()),
                values: {},
              };
        return {
          ok: true,
          value: await request.work(engine, { values, signal: abort.signal, host }),
        };
      } catch (error) {
        if (!isClusterError(error, 'ABORTED')) logError(this.#log, title, error);
        return { ok: false, error: toClusterError(error) };
      }
    };
    try {
      if (location === 'elsewhere') return await work(() => undefined);
      return await withProgress({ location, title, cancel }, work);
    } finally {
      this.#running.delete(id);
      end();
      this.#changed.fire();
    }
  }

  dispose(): void {
    // What runs is not stopped: a window that closes has a few seconds, too few to remove a cluster. A launch is found again, as
    // half-launched, by the next listing.
    this.#changed.dispose();
  }
}
