import type { EngineEvent, NodePhase } from '../../src/model/events.ts';
import { type NodeProgress, Progress } from '../../src/model/progress.ts';
import type { LaunchEnd, LaunchHeader } from '../../src/protocol/launch-log.ts';
import { formatEvent, formatLeveledLine } from '../../src/text/events.ts';
import { formatPlan } from '../../src/text/plans.ts';
import { formatProgress } from '../../src/text/progress.ts';
import { remediesText } from '../../src/text/remedies.ts';
import { formatPhaseWithDetail } from '../../src/text/states.ts';
import { english, type Translate } from '../../src/text/translate.ts';

/** A stretch of a lane, in seconds since the launch began. */
interface LaneStretch {
  readonly phase: NodePhase;
  readonly from: number;
  /** `null` while it lasts. */
  readonly to: number | null;
}

/** One node's way into its cluster. */
export interface Lane {
  readonly node: string;
  readonly stretches: readonly LaneStretch[];
  /** When something went wrong, in seconds. */
  readonly troubles: readonly number[];
  /** What the node does now. */
  readonly text: string;
  readonly state: 'waiting' | 'moving' | 'alive' | 'trouble' | 'gone';
}

/** What went wrong first. */
export interface FirstError {
  readonly subject: string;
  readonly message: string;
  readonly remedy: string | null;
  readonly severity: 'error' | 'warning';
}

/** The progress of a launch and its end, as its page draws them. */
export class LaunchView {
  readonly header: LaunchHeader;
  readonly #start: number;
  readonly #progress: Progress;
  readonly #lines: string[] = [];
  readonly #translate: Translate;
  #end: LaunchEnd | null = null;

  constructor(header: LaunchHeader, translate: Translate = english) {
    this.header = header;
    this.#translate = translate;
    this.#start = Date.parse(header.startedAt);
    this.#progress = new Progress(header.cluster, 'launch', this.#start);
  }

  get end(): LaunchEnd | null {
    return this.#end;
  }

  /** What is launched, in a line; empty until there is a plan. */
  get plan(): string {
    const { plan } = this.#progress;
    return plan === null ? '' : formatPlan(plan, this.#translate);
  }

  get cleaning(): boolean {
    return this.#progress.isCleaning;
  }

  /** The phases that its nodes go through. */
  get phases(): readonly NodePhase[] {
    return this.#progress.phases;
  }

  /** What the log says, a line each. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Seconds since the launch began; at its end they stand still. */
  elapsed(now: number): number {
    return this.#progress.elapsedSeconds(now);
  }

  /** The launch ended. */
  finish(end: LaunchEnd): void {
    this.#end = end;
    const at = end.time === null ? null : Date.parse(end.time);
    this.#progress.finish(at);
    if (at !== null) this.#say(at, endText(end, this.#translate));
  }

  /** Takes an event in. */
  apply(event: EngineEvent): void {
    const at = Date.parse(event.time);
    const isNews =
      event.code !== 'node.phase' || this.#progress.phaseOf(event.node) !== event.phase;
    this.#progress.apply(event, at);
    const line = formatEvent(event, { translate: this.#translate });
    // What weighs less is for the output channel.
    if (isNews && line !== undefined && line.level !== 'debug')
      this.#say(at, formatLeveledLine(line, this.#translate));
  }

  get lanes(): readonly Lane[] {
    return this.#progress.nodes.map((node) => ({
      node: node.name,
      stretches: node.stretches.map(({ phase, from, to }) => ({
        phase,
        from: this.#seconds(from),
        to: to === null ? null : this.#seconds(to),
      })),
      troubles: node.problems.map(({ at }) => this.#seconds(at)),
      state: laneState(node),
      text: laneText(node, this.#translate),
    }));
  }

  /** How far it is, from 0 to 1. */
  get progress(): number {
    return this.#end?.status === 'ready' ? 1 : this.#progress.share;
  }

  /** What is done or waited for now. */
  get activity(): string {
    // Why it failed stands in the note below.
    if (this.#end !== null)
      return this.#end.status === 'failed'
        ? this.#translate('Failed')
        : endText(this.#end, this.#translate);
    return formatProgress(this.#progress, this.#translate);
  }

  /** The first cause: what the launch ended with, else what went wrong on a node that isn't through. */
  get error(): FirstError | null {
    const error = this.#end?.error ?? null;
    if (error !== null && this.#end?.status === 'failed')
      return { subject: '', message: error.message, remedy: error.hint, severity: 'error' };
    const problem = this.#progress.firstProblem;
    if (problem === null || this.#end?.status === 'ready') return null;
    const { node, message, remedies } = problem;
    if (node !== null && this.#progress.phaseOf(node) === 'alive') return null;
    const remedy = remediesText(remedies) || null;
    return { subject: node ?? '', message, remedy, severity: 'warning' };
  }

  #seconds(at: number): number {
    return Math.max(0, (at - this.#start) / 1000);
  }

  #say(at: number, text: string): void {
    const seconds = this.#seconds(at);
    const time = [Math.floor(seconds / 60), Math.floor(seconds % 60)];
    this.#lines.push(`${time.map((part) => String(part).padStart(2, '0')).join(':')}  ${text}`);
  }
}

function laneState({ isGone, problems, phase }: NodeProgress): Lane['state'] {
  if (isGone) return 'gone';
  if (phase === 'alive') return 'alive';
  if (problems.length > 0) return 'trouble';
  return phase === null ? 'waiting' : 'moving';
}

function laneText(node: NodeProgress, translate: Translate): string {
  const { isGone, phase } = node;
  if (isGone) return translate('Removed');
  return phase === null ? '' : formatPhaseWithDetail(phase, node, translate);
}

/** How a launch ended. */
function endText({ status, error }: LaunchEnd, translate: Translate): string {
  switch (status) {
    case 'ready':
      return translate('Running');
    case 'failed':
      return error === null ? translate('Failed') : translate('Failed: {0}', error.message);
    case 'cancelled':
      return translate('Canceled');
    case 'interrupted':
      return translate('Interrupted');
  }
}
