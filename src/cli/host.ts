import type { EngineEvent } from '../model/events.ts';
import type { Host, Question, QuestionAnswers, QuestionCode } from '../model/host.ts';
import type { CliIo } from './io.ts';
import type { Line } from './rendering/palette.ts';
import { oneLine, wrap } from './rendering/text-layout.ts';
import type { View } from './rendering/views/view.ts';

/** What the host needs of the session that it belongs to. */
export interface HostSession {
  readonly io: Pick<CliIo, 'question' | 'stderr'>;
  readonly quiet: boolean;
  readonly work: { readonly view: View } | undefined;
  /** Whether there is a person who can be asked, and sees the question. */
  readonly canAsk: boolean;
  /** The questions that were answered on the command line. */
  readonly agreed: ReadonlySet<QuestionCode>;
  /** Whether the person is being asked something: Ctrl-C is an answer then. */
  asking: boolean;
  notify(event: EngineEvent): void;
  say(line: Line): void;
}

/** Whether a line of text agrees; nothing typed doesn't. */
const isYes = (text: string | null): boolean => /^y(es)?$/i.test(text?.trim() ?? '');

/** How each question is put to a person. */
const questions: {
  readonly [C in QuestionCode]: {
    readonly choices: string;
    /** Whether the answer is shown while it is typed. */
    readonly isSecret?: boolean;
    /** What a line of text means; nothing is typed where Enter is pressed, or there is no answer. */
    readonly read: (text: string | null) => QuestionAnswers[C];
  };
} = {
  'destroy.confirm': {
    choices: '[y/N]',
    read: isYes,
  },
  'destroy.foreign': {
    choices: '[y/N]',
    read: isYes,
  },
  'doctor.fix': {
    choices: '[y/N]',
    read: isYes,
  },
  'stop.dropSpotWorkers': {
    choices: '[y/N]',
    read: isYes,
  },
  'stop.discardHdfsData': {
    choices: '[y/N]',
    read: isYes,
  },
  'hostKey.trust': {
    choices: '[y/N]',
    read: isYes,
  },
  'key.passphrase': { choices: '', isSecret: true, read: (text) => (text === '' ? null : text) },
  'job.interrupted': {
    choices: '[Cancel/detach]',
    read: (text) => (/^(d|detach|l|leave)$/i.test(text?.trim() ?? '') ? 'detach' : 'cancel'),
  },
};

/** The command line as the engine's host: shows its events, puts its questions to whoever sits at the terminal. */
export class CliHost implements Host {
  constructor(private readonly session: HostSession) {}

  notify(event: EngineEvent): void {
    this.session.notify(event);
  }

  async ask<C extends QuestionCode>(question: Question<C>): Promise<QuestionAnswers[C]> {
    const { session } = this;
    const answer = await this.#answer(question);
    // It takes a while, and nothing else is seen of it.
    if (answer === 'cancel' && !session.quiet) session.say([['Canceling the job…', 'dim']]);
    return answer;
  }

  async #answer<C extends QuestionCode>(question: Question<C>): Promise<QuestionAnswers[C]> {
    const { session } = this;
    // Only questions of yes or no are answered beforehand.
    if (session.agreed.has(question.code)) return true as QuestionAnswers[C];
    return session.canAsk ? this.#put(question) : question.default;
  }

  async #put<C extends QuestionCode>({ code, message }: Question<C>): Promise<QuestionAnswers[C]> {
    const { session } = this;
    const { choices, read, isSecret } = questions[code];
    const resume = session.work?.view.pause();
    session.asking = true;
    try {
      // Room for a letter on the last line; a line that the terminal breaks is no good for typing.
      const lines = wrap(
        `${oneLine(message)} ${choices}`.trim(),
        (session.io.stderr.columns ?? 80) - 2,
      );
      return read(await session.io.question(`${lines.join('\n')} `, isSecret));
    } finally {
      session.asking = false;
      resume?.();
    }
  }
}
