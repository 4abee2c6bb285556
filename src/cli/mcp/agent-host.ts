import { plainText } from '../../base/plain-text.ts';
import { ClusterError } from '../../model/errors.ts';
import type { EngineEvent } from '../../model/events.ts';
import type { Host, Question, QuestionAnswers, QuestionCode } from '../../model/host.ts';
import { advice } from '../../model/remedy.ts';
import { formatEvent } from '../../text/events.ts';
import { writeLine } from '../rendering/write.ts';
import type { Session } from '../session.ts';
import type { AgentCall } from './agent-call.ts';

/** How often what changes all the time is told, in milliseconds. */
const everyMs = 1_000;
/** How long a line about progress may be, in characters. */
const maxLineLength = 300;

/** Questions about what a tool is for: a user agrees to them beforehand by the flag that allows changes. */
const confirmations: ReadonlySet<QuestionCode> = new Set<QuestionCode>([
  'destroy.confirm',
  'removeWorkers.confirm',
  'stop.confirm',
  'stop.dropSpotWorkers',
  'stop.discardHdfsData',
]);

/** Questions that only a user can answer: who is trusted, and what isn't the cluster's own. Secrets are never asked for through an agent. */
const userQuestions: ReadonlySet<QuestionCode> = new Set<QuestionCode>([
  'destroy.foreign',
  'hostKey.trust',
]);

/** An agent's client as the engine's host: what happens is progress, what is asked goes to the user. */
export class AgentHost implements Host {
  readonly #call: AgentCall;
  readonly #session: Session;
  readonly #mayChange: boolean;
  readonly #listeners: ((event: EngineEvent) => void)[] = [];
  #last = 0;
  /** What a user should know before agreeing, beside the engine's question: what it is about, where, and who pays. */
  detail = '';

  /** @param mayChange whether the user has agreed beforehand to what costs money or deletes something */
  constructor(call: AgentCall, session: Session, mayChange: boolean) {
    this.#call = call;
    this.#session = session;
    this.#mayChange = mayChange;
  }

  /** Calls back for each event. */
  onEvent(listener: (event: EngineEvent) => void): void {
    this.#listeners.push(listener);
  }

  notify(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
    const line = formatEvent(event);
    if (line === undefined) return;
    const now = this.#session.io.clock.now();
    const isPassing = line.level === 'debug';
    if (isPassing && now - this.#last < everyMs) return;
    this.#last = now;
    const subject = line.subject === '' ? '' : `${line.subject}: `;
    const text = plainText(`${subject}${line.text}`).slice(0, maxLineLength);
    this.#call.report(text);
    if (isPassing && !this.#session.debug) return;
    const { stderr } = this.#session.io;
    const cluster = event.cluster === '' ? '' : `${event.cluster}: `;
    writeLine(stderr, [[`${cluster}${text}`]], false);
  }

  async ask<C extends QuestionCode>(question: Question<C>): Promise<QuestionAnswers[C]> {
    const { code, message } = question;
    const isConfirmation = confirmations.has(code);
    if (isConfirmation || (userQuestions.has(code) && this.#call.canAsk))
      // These are questions of yes or no.
      return (await this.#confirm(message, isConfirmation)) as QuestionAnswers[C];
    return question.default;
  }

  /**
   * Makes sure that the user agrees to something that costs money.
   *
   * @param declined what is said if the user doesn't
   * @throws ClusterError `ABORTED`, or `CONFIRMATION_REQUIRED` if the user can't be asked
   */
  async approve(message: string, declined: string): Promise<void> {
    if (await this.#confirm(message, true)) return;
    throw new ClusterError('ABORTED', declined, { details: { declined: 'mcp.confirm' } });
  }

  async #confirm(message: string, canBeAllowed: boolean): Promise<boolean> {
    if (canBeAllowed && this.#mayChange) return true;
    if (!this.#call.canAsk)
      throw new ClusterError(
        'CONFIRMATION_REQUIRED',
        'This requires the confirmation of the user, and the MCP client can’t ask for it (it doesn’t support elicitation). Nothing was changed.',
        {
          remedies: advice(
            'Ask the user to run the command in a terminal, to use an MCP client that supports elicitation, or to start the server with --allow-write, which allows it without confirmation.',
          ),
        },
      );
    const detail = this.detail === '' ? '' : `\n\n${this.detail}`;
    return this.#call.ask(plainText(`${message}${detail}`, { lines: true }));
  }
}
