import type { EngineEvent } from '../model/events.ts';
import type { Host, Question, QuestionAnswers, QuestionCode } from '../model/host.ts';
import { wrap } from './render/text.ts';
import type { CliIo } from './io.ts';
import type { Line } from './render/palette.ts';
import type { View } from './render/view.ts';

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
  constructor(private readonly session: HostSession) {}

  notify(event: EngineEvent): void {
    this.session.notify(event);
  }

  async ask<C extends QuestionCode>(question: Question<C>): Promise<QuestionAnswers[C]> {
    const { session } = this;
    if (!session.canAsk || session.agreed.has(question.code)) return question.default;
    const { choices, read } = questions[question.code];
    const resume = session.work?.view.pause();
    session.asking = true;
    try {
      const { message } = question;
      const width = session.io.stderr.columns ?? 80;
      // Room for a letter on the last line; a line that the terminal breaks is no good for typing.
      const lines = wrap(`${message} ${choices}`, width - 2);
      const answer = read(await session.io.question(`${lines.join('\n')} `));
      if (answer === 'cancel' && !session.quiet) session.say([['Cancelling the job.', 'dim']]);
      return answer;
    } finally {
      session.asking = false;
      resume?.();
    }
  }
}
