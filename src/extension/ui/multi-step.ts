import { inputStep as showInputStep, type PickItem, pickStep as showPickStep } from './window.ts';

/** A thing to pick. */
export interface Choice<T> extends PickItem {
  readonly value: T;
}

const back = Symbol('back');

/** What a step gives: a value, the wish to go back, or nothing if the user leaves. */
type StepResult<T> = { readonly value: T } | typeof back | undefined;

/** Where a step stands among the others. */
interface StepPosition {
  readonly title: string;
  readonly step: number;
  readonly steps: number;
}

/** How a step passes on its result. */
function stepEnd<T>(resolve: (result: StepResult<T>) => void) {
  return {
    accept: (value: T): void => resolve({ value }),
    back: (): void => resolve(back),
    leave: (): void => resolve(undefined),
  };
}

/** Asks for one of several. */
export function pickStep<T>(choices: readonly Choice<T>[], placeholder: string, current?: T) {
  return async (position: StepPosition): Promise<StepResult<T>> => {
    const active = choices.find(({ value }) => value === current);
    const result = await new Promise<StepResult<Choice<T>>>((resolve) =>
      showPickStep({ ...position, items: choices, placeholder, active }, stepEnd(resolve)),
    );
    return typeof result === 'object' ? { value: result.value.value } : result;
  };
}

/** How to ask for text. */
export interface InputRequest {
  readonly prompt: string;
  readonly value: string;
  /** What is wrong with a text, or `undefined`. */
  readonly problem: (text: string) => string | undefined;
}

/** Asks for text, and validates it while it is typed. */
export function inputStep(request: InputRequest) {
  return (position: StepPosition): Promise<StepResult<string>> =>
    new Promise((resolve) => showInputStep({ ...position, ...request }, stepEnd(resolve)));
}

/** A step of a wizard: asks, and keeps the answer in what was answered so far. */
export type Step<A> = (answers: A, position: StepPosition) => Promise<StepResult<A>>;

/**
 * Asks step by step, with a way back to the step before.
 *
 * @returns all answers, or `undefined` if the user left
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
    const position = { title, step: answers.length, steps: steps.length };
    const result = await step(current, position);
    if (result === undefined) return undefined;
    if (result === back) answers.pop();
    else answers.push(result.value);
  }
  return answers.at(-1);
}

/** Turns a question for one value into a step that keeps it. */
export function keep<A, T>(
  ask: (answers: A) => (position: StepPosition) => Promise<StepResult<T>>,
  store: (answers: A, value: T) => A,
): Step<A> {
  return async (answers, position) => {
    const result = await ask(answers)(position);
    return typeof result === 'object' ? { value: store(answers, result.value) } : result;
  };
}
