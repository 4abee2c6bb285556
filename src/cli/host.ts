import type { EngineEvent } from '../model/events.ts';
import type { Host, HostOutput, Question, QuestionAnswers, QuestionCode } from '../model/host.ts';
import type { CliIo } from './io.ts';
import type { Line } from './rendering/palette.ts';
import { oneLine, wrap } from './rendering/text-layout.ts';
import type { View } from './rendering/views/view.ts';

/** What the host needs of the session that it belongs to. */
export interface HostSession {
  readonly io: Pick<CliIo, 'question' | 'readLine' | 'stderr' | 'stdinIsTTY'>;
  readonly quiet: boolean;
  readonly work: { readonly view: View } | undefined;
  /** Whether there is a user who can be asked, and sees the question. */
  readonly canAsk: boolean;
  /** Whether the terminal has ended. */
  readonly isHungUp: boolean;
  /** Whether the user has answered yes to all questions. */
  readonly assumeYes: boolean;
  /** Whether the user is being asked something: Ctrl-C is an answer then. */
  asking: boolean;
  notify(event: EngineEvent): void;
  takeOutput(output: HostOutput): Promise<void> | undefined;
  say(line: Line): void;
}

/** Whether a line of text agrees; nothing typed doesn't. */
export const isYes = (text: string | null): boolean => /^y(es)?$/i.test(text?.trim() ?? '');

/** How a question is put to a user. */
interface Asking<A> {
  readonly choices: string;
  /** Whether the answer is shown while it is typed. */
  readonly isSecret?: boolean;
  /**
   * Whether it is about what the command is for: `--assume-yes` answers it, or a line of standard input that is no terminal. The rest
   * needs a user: who would be trusted, and what isn't the cluster's own.
   */
  readonly forScripts?: boolean;
  /** What a line of text means; nothing is typed where Enter is pressed, or there is no answer. */
  readonly read: (text: string | null) => A;
}

const yesOrNo: Asking<boolean> = { choices: '[y/N]', read: isYes };
const confirmation: Asking<boolean> = { ...yesOrNo, forScripts: true };

/** How each question is put. */
const questions: { readonly [C in QuestionCode]: Asking<QuestionAnswers[C]> } = {
  'destroy.confirm': confirmation,
  'destroy.foreign': yesOrNo,
  'removeWorkers.confirm': confirmation,
  'install.restartConnect': confirmation,
  'stop.confirm': confirmation,
  'doctor.fix': confirmation,
  'stop.dropSpotWorkers': confirmation,
  'stop.discardHdfsData': confirmation,
  'pythonEnv.useExisting': confirmation,
  'hostKey.trust': yesOrNo,
  'key.passphrase': { choices: '', isSecret: true, read: (text) => (text === '' ? null : text) },
  'aws.mfaCode': { choices: '', read: (text) => text?.trim() || null },
  'job.interrupted': {
    choices: '[Cancel/keep]',
    // Whatever else is typed ends no job.
    read: (text) => (/^(c|cancel|y|yes)?$/i.test(text?.trim() ?? '') ? 'cancel' : 'detach'),
  },
};

/** The command line as the engine's host: shows its events, puts its questions to the user at the terminal. */
export class CliHost implements Host {
  constructor(private readonly session: HostSession) {}

  notify(event: EngineEvent): void {
    this.session.notify(event);
  }

  output(output: HostOutput): Promise<void> | undefined {
    return this.session.takeOutput(output);
  }

  async ask<C extends QuestionCode>(question: Question<C>): Promise<QuestionAnswers[C]> {
    const { session } = this;
    const said = await this.#answer(question);
    const isJob = question.code === 'job.interrupted';
    const answer = isJob && session.isHungUp ? ('detach' as QuestionAnswers[C]) : said;
    // It takes a while, and nothing else is seen of it.
    if (answer === 'cancel' && !session.quiet) session.say([['Canceling the job…', 'dim']]);
    return answer;
  }

  async #answer<C extends QuestionCode>(question: Question<C>): Promise<QuestionAnswers[C]> {
    const { session } = this;
    const { forScripts = false } = questions[question.code];
    // Only questions of yes or no are answered beforehand.
    if (forScripts && session.assumeYes) return true as QuestionAnswers[C];
    if (session.canAsk) return this.#put(question);
    return forScripts ? this.#readAnswer(question) : question.default;
  }

  /** Puts a question to the user at the terminal. */
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

  /** Takes the next line of standard input as the answer, as in `yes | flintrock destroy demo`. */
  async #readAnswer<C extends QuestionCode>({
    code,
    message,
  }: Question<C>): Promise<QuestionAnswers[C]> {
    const { session } = this;
    const { choices, read } = questions[code];
    session.say([[`${oneLine(message)} ${choices}`]]);
    session.asking = true;
    try {
      // A user who types doesn't see the question: its output isn't the terminal.
      const text = session.io.stdinIsTTY ? null : await session.io.readLine();
      if (text === null)
        session.say([['No answer was given. To answer yes in a script: --assume-yes']]);
      return read(text);
    } finally {
      session.asking = false;
    }
  }
}
