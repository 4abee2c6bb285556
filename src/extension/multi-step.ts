import * as vscode from 'vscode';

/** A thing to pick. */
export interface Choice<T> extends vscode.QuickPickItem {
  readonly value: T;
}

const back = Symbol('back');

/** What a step gives: a value, the wish to go back, or nothing if the person leaves. */
type StepResult<T> = { readonly value: T } | typeof back | undefined;

/** Where a step stands among the others. */
interface StepPlace {
  readonly title: string;
  readonly step: number;
  readonly steps: number;
}

/** Asks for one of several. */
export function pickStep<T>(choices: readonly Choice<T>[], placeholder: string, current?: T) {
  return (place: StepPlace): Promise<StepResult<T>> =>
    new Promise((resolve) => {
      const pick = vscode.window.createQuickPick<Choice<T>>();
      Object.assign(pick, {
        title: place.title,
        step: place.step,
        totalSteps: place.steps,
        placeholder,
        ignoreFocusOut: true,
        items: choices,
        buttons: place.step > 1 ? [vscode.QuickInputButtons.Back] : [],
      });
      const active = choices.find(({ value }) => value === current);
      if (active !== undefined) pick.activeItems = [active];
      const end = (result: StepResult<T>): void => {
        resolve(result);
        pick.dispose();
      };
      pick.onDidTriggerButton(() => end(back));
      pick.onDidAccept(() => {
        // A click selects; where the mouse merely is, another one may be active.
        const [item = pick.activeItems[0]] = pick.selectedItems;
        if (item !== undefined) end({ value: item.value });
      });
      pick.onDidHide(() => end(undefined));
      pick.show();
    });
}

/** How to ask for text. */
export interface InputRequest {
  readonly prompt: string;
  readonly value: string;
  /** What is wrong with a text, or `undefined`. */
  readonly problem: (text: string) => string | undefined;
}

/** Asks for text, and says what is wrong while it is typed. */
export function inputStep({ prompt, value, problem }: InputRequest) {
  return (place: StepPlace): Promise<StepResult<string>> =>
    new Promise((resolve) => {
      const input = vscode.window.createInputBox();
      Object.assign(input, {
        title: place.title,
        step: place.step,
        totalSteps: place.steps,
        prompt,
        value,
        ignoreFocusOut: true,
        buttons: place.step > 1 ? [vscode.QuickInputButtons.Back] : [],
      });
      const end = (result: StepResult<string>): void => {
        resolve(result);
        input.dispose();
      };
      const check = (): boolean => {
        const message = problem(input.value.trim());
        input.validationMessage = message ?? '';
        return message === undefined;
      };
      input.onDidChangeValue(check);
      input.onDidTriggerButton(() => end(back));
      input.onDidAccept(() => {
        if (check()) end({ value: input.value.trim() });
      });
      input.onDidHide(() => end(undefined));
      input.show();
    });
}

/** A step of a wizard: asks, and keeps the answer in what was answered so far. */
export type Step<A> = (answers: A, place: StepPlace) => Promise<StepResult<A>>;

/**
 * Asks step by step, with a way back to the step before.
 *
 * @returns all answers, or `undefined` if the person left
 */
export async function askSteps<A>(
  title: string,
  first: A,
  steps: readonly Step<A>[],
): Promise<A | undefined> {
  const answers = [first];
  while (answers.length <= steps.length) {
    const current = answers.at(-1) ?? first;
    const step = steps[answers.length - 1];
    if (step === undefined) break;
    const place = { title, step: answers.length, steps: steps.length };
    const result = await step(current, place);
    if (result === undefined) return undefined;
    if (result === back) answers.pop();
    else answers.push(result.value);
  }
  return answers.at(-1);
}

/** Turns a question for one value into a step that keeps it. */
export function keep<A, T>(
  ask: (answers: A) => (place: StepPlace) => Promise<StepResult<T>>,
  store: (answers: A, value: T) => A,
): Step<A> {
  return async (answers, place) => {
    const result = await ask(answers)(place);
    return typeof result === 'object' ? { value: store(answers, result.value) } : result;
  };
}
