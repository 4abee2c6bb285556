import type { Clock } from '../../base/clock.ts';
import { ClusterError } from '../../model/errors.ts';

/** How long a question may wait for its answer, in milliseconds: then nobody is there to give it. */
const answerLimitMs = 15 * 60_000;

/** What an agent is told of a call: texts, one after the other. */
export interface ToolAnswer {
  readonly texts: readonly string[];
  readonly isError: boolean;
}

/** What comes next of a call: its answer, or a question to the user. */
export type NextStep =
  | { readonly kind: 'answer'; readonly answer: ToolAnswer }
  | { readonly kind: 'question'; readonly message: string };

/** A request of the client that waits for a call. */
export interface Round {
  /** Aborts when the client cancels the request, or is gone. */
  readonly signal: AbortSignal;
  /** Whether the user can be asked through this client. */
  readonly canAsk: boolean;
  /** Tells the client how far it is; each time a larger number. */
  readonly report: (progress: number, message: string) => void;
}

/**
 * One call of a tool, which may stop to ask the user. In today's protocol a question ends the client's request, and its answer comes with the
 * next one: what the call does goes on meanwhile, in between it waits here.
 */
export class AgentCall {
  readonly #stop = new AbortController();
  readonly #clock: Clock;
  readonly #done: Promise<ToolAnswer>;
  /** Questions come one after the other: those of several nodes are asked at the same time. */
  #turn: Promise<unknown> = Promise.resolve();
  #question: { readonly message: string; readonly answer: (yes: boolean) => void } | undefined;
  #wake: () => void = () => undefined;
  #round: Round;
  #progress = 0;

  /**
   * @param work what the call does; it never rejects
   * @param round the request that it begins with
   */
  constructor(work: (call: AgentCall) => Promise<ToolAnswer>, round: Round, clock: Clock) {
    this.#clock = clock;
    this.#round = round;
    this.join(round);
    this.#done = work(this);
  }

  /** Aborts when the client cancels. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Resolves when nothing of the call goes on any more. */
  get ended(): Promise<unknown> {
    return this.#done;
  }

  /** Whether the user can be asked. */
  get canAsk(): boolean {
    return this.#round.canAsk;
  }

  /** Lets another request of the client wait for it: the one that brings an answer. */
  join(round: Round): void {
    this.#round = round;
    const stop = (): void => this.stop();
    if (round.signal.aborted) stop();
    // A question doesn't end this: with older clients the request goes on while the user is asked.
    else round.signal.addEventListener('abort', stop, { once: true });
  }

  /** Stops what goes on; what it made is removed. */
  stop(): void {
    // An error of ours: code that throws the signal's reason throws what the engine would.
    this.#stop.abort(new ClusterError('ABORTED', 'The client canceled the call.'));
  }

  /** Tells the client how far it is, while it waits. */
  report(message: string): void {
    if (this.#question !== undefined) return;
    this.#progress += 1;
    this.#round.report(this.#progress, message);
  }

  /** Waits for what comes next. */
  async next(): Promise<NextStep> {
    const asked = new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#question === undefined) {
      const answer = await Promise.race([this.#done, asked]);
      if (answer !== undefined) return { kind: 'answer', answer };
    }
    return { kind: 'question', message: this.#question?.message ?? '' };
  }

  /** Asks the user; no answer is a no. */
  ask(message: string): Promise<boolean> {
    const asked = this.#turn.then(() => this.#ask(message));
    this.#turn = asked.catch(() => undefined);
    return asked;
  }

  async #ask(message: string): Promise<boolean> {
    this.signal.throwIfAborted();
    const answered = new AbortController();
    const limit = AbortSignal.any([this.signal, answered.signal]);
    const given = new Promise<boolean>((resolve) => {
      this.#question = { message, answer: resolve };
      this.#wake();
    });
    const late = this.#clock.sleep(answerLimitMs, limit).then(() => false);
    const yes = await Promise.race([given, late]);
    this.#question = undefined;
    answered.abort();
    // That nobody answers because the call is canceled is no no.
    this.signal.throwIfAborted();
    return yes;
  }

  /** Gives the answer to the question that waits for one. */
  answer(yes: boolean): void {
    this.#question?.answer(yes);
    // The next look must not find the old question.
    this.#question = undefined;
  }
}
