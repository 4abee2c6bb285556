import { expect } from 'vitest';
import { type EngineEvent, type EventCode, nodePhases } from '../../src/model/events.ts';
import type {
  Host,
  HostOutput,
  Question,
  QuestionAnswers,
  QuestionCode,
} from '../../src/model/host.ts';

/** A host that remembers what it was told and asked, and answers by code. */
export class RecordingHost implements Host {
  readonly events: EngineEvent[] = [];
  readonly questions: Question[] = [];
  readonly #outputs: HostOutput[] = [];
  readonly #answers: Partial<QuestionAnswers>;

  constructor(answers: Partial<QuestionAnswers> = {}) {
    this.#answers = answers;
  }

  notify(event: EngineEvent): void {
    this.events.push(event);
  }

  ask<C extends QuestionCode>(question: Question<C>): Promise<QuestionAnswers[C]> {
    this.questions.push(question as Question);
    return Promise.resolve(this.#answers[question.code] ?? question.default);
  }

  /** The events of one code, in order. */
  of<C extends EventCode>(code: C): Extract<EngineEvent, { code: C }>[] {
    return this.events.filter(
      (event): event is Extract<EngineEvent, { code: C }> => event.code === code,
    );
  }

  /**
   * A node went through its phases in order, until it was alive.
   *
   * Which phases were told between is luck: Spark may count a worker in before the worker's own reports have come, and then they
   * are no news any more. A test that wants to see one holds the node up in it.
   */
  expectAlive(node: string): void {
    const phases = this.of('node.phase').flatMap((event) =>
      event.node === node ? event.phase : [],
    );
    expect(phases).toEqual(nodePhases.filter((phase) => phases.includes(phase)));
    expect([phases[0], phases.at(-1)]).toEqual(['booting', 'alive']);
  }

  output(output: HostOutput): undefined {
    this.#outputs.push({ ...output, bytes: Uint8Array.from(output.bytes) });
  }

  /** What programs wrote, byte for byte. */
  bytes(stream: 'stdout' | 'stderr'): Buffer {
    return Buffer.concat(this.#outputs.flatMap((one) => (one.stream === stream ? one.bytes : [])));
  }

  /** What a job, or commands on nodes, wrote to stdout. */
  stdout(): string {
    return [
      ...this.of('job.output')
        .filter(({ stream }) => stream === 'stdout')
        .map(({ text }) => text),
      ...this.of('command.output')
        .filter(({ stream }) => stream === 'stdout')
        .map(({ line }) => `${line}\n`),
    ].join('');
  }
}

/** A host that does something at an event, at the very moment. */
export class ActingHost extends RecordingHost {
  constructor(
    private readonly act: (event: EngineEvent) => void,
    answers: ConstructorParameters<typeof RecordingHost>[0] = {},
  ) {
    super(answers);
  }

  override notify(event: EngineEvent): void {
    super.notify(event);
    this.act(event);
  }
}

/** A host whose user takes a while to say yes: something happens meanwhile. */
export class SlowHost extends RecordingHost {
  constructor(private readonly meanwhile: () => Promise<unknown>) {
    super();
  }
  override async ask<C extends QuestionCode>(question: Question<C>): Promise<QuestionAnswers[C]> {
    await super.ask(question);
    await this.meanwhile();
    return true as QuestionAnswers[C];
  }
}
