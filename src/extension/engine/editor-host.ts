import * as vscode from 'vscode';
import { ClusterError } from '../../model/errors.ts';
import type { EngineEvent } from '../../model/events.ts';
import type { Host, Question, QuestionAnswers, QuestionCode } from '../../model/host.ts';
import { ask, askForText } from '../ui/window.ts';

/** How each question is asked. */
const questions: {
  readonly [C in QuestionCode]: (question: Question<C>) => Thenable<QuestionAnswers[C]>;
} = {
  // The commands ask before they begin, with names, counts and prices.
  'destroy.confirm': () => Promise.resolve(true),
  'stop.confirm': () => Promise.resolve(true),
  'removeWorkers.confirm': () => Promise.resolve(true),
  'install.restartConnect': ({ message }) => agrees(message, vscode.l10n.t('Restart')),
  'destroy.foreign': ({ message }) => agrees(message, vscode.l10n.t('Terminate')),
  'doctor.fix': ({ message }) => agrees(message, vscode.l10n.t('Delete')),
  'stop.dropSpotWorkers': ({ message }) =>
    mayStop(message, vscode.l10n.t('Stop and Remove Spot Workers')),
  'stop.discardHdfsData': ({ message }) =>
    mayStop(message, vscode.l10n.t('Stop and Lose HDFS Data')),
  'pythonEnv.useExisting': ({ message }) => agrees(message, vscode.l10n.t('Use Environment')),
  'hostKey.trust': async ({ message }) =>
    (await ask({ text: message }, vscode.l10n.t('Trust Host Key'))) !== undefined,
  'key.passphrase': async ({ message }) =>
    (await askForText({
      title: message,
      password: true,
      placeHolder: vscode.l10n.t('Passphrase (not stored)'),
    })) ?? null,
  'aws.mfaCode': async ({ message }) =>
    (await askForText({
      title: message,
      password: true,
      placeHolder: vscode.l10n.t('6-digit code (not stored)'),
    })) || null,
  'job.interrupted': async ({ message }) => {
    const [cancel, keep] = [vscode.l10n.t('Cancel Job'), vscode.l10n.t('Keep Running')];
    // Esc keeps it running.
    return (await ask({ text: message }, cancel, keep)) === cancel ? 'cancel' : 'detach';
  },
};

async function agrees(message: string, button: string): Promise<boolean> {
  const answer = await ask({ text: message }, button);
  return answer !== undefined;
}

async function mayStop(message: string, button: string): Promise<true> {
  const answer = await ask({ text: message }, button);
  // The user chose this: there is no failure to show.
  if (answer === undefined) throw new ClusterError('ABORTED', 'The stop was canceled.');
  return true;
}

/** The editor as the engine's host: passes its events on, puts its questions to the user. */
export class EditorHost implements Host {
  readonly #notify: (event: EngineEvent) => void;

  constructor(notify: (event: EngineEvent) => void) {
    this.#notify = notify;
  }

  notify(event: EngineEvent): void {
    this.#notify(event);
  }

  async ask<C extends QuestionCode>(question: Question<C>): Promise<QuestionAnswers[C]> {
    // TypeScript can't see that the code picks the way of asking it.
    const ask = questions[question.code] as (question: Question<C>) => Thenable<QuestionAnswers[C]>;
    return ask(question);
  }
}
