import type { EngineEvent } from '../model/events.ts';
import type { Host, Question, QuestionAnswers, QuestionCode } from '../model/host.ts';
import type { Session } from './session.ts';

/** How each question is put to a person. */
const questions: {
  readonly [C in QuestionCode]: {
    readonly choices: string;
    /** What a line of text means; nothing is typed where Enter is pressed, or there is no answer. */
    readonly read: (text: string | null) => QuestionAnswers[C];
  };
} = {
  'destroy.confirm': {
    choices: '[y/N]',
    read: (text) => /^y(es)?$/i.test(text?.trim() ?? ''),
  },
  'job.interrupted': {
    choices: '[Cancel/detach]',
    read: (text) => (/^(d|detach|l|leave)$/i.test(text?.trim() ?? '') ? 'detach' : 'cancel'),
  },
};

/** The command line as the engine's host: shows its events, puts its questions to whoever sits at the terminal. */
export class CliHost implements Host {
  constructor(private readonly session: Session) {}

  notify(event: EngineEvent): void {
    this.session.notify(event);
  }

  async ask<C extends QuestionCode>(question: Question<C>): Promise<QuestionAnswers[C]> {
    const { session } = this;
    if (!session.canAsk || session.agreed.has(question.code))
      return question.default as QuestionAnswers[C];
    const { choices, read } = questions[question.code];
    const resume = session.work?.view.pause();
    session.asking = true;
    try {
      return read(
        await session.io.question(`${question.message} ${choices} `),
      ) as QuestionAnswers[C];
    } finally {
      session.asking = false;
      resume?.();
    }
  }
}
