import { remediesText } from '../../src/text/remedies.ts';
import type { EngineEvent, NodePhase } from '../../src/model/events.ts';
import type { Plan } from '../../src/model/plan.ts';
import { hourly } from '../shared/money.ts';
import type { LaunchEnd, LaunchHeader } from '../../src/protocol/launch-log.ts';

/** What a node goes through, in order. A page has no code of the engine's; the compiler sees that none is missing. */
const order: Readonly<Record<NodePhase, true>> = {
  booting: true,
  downloading: true,
  configuring: true,
  starting: true,
  alive: true,
};
const allPhases = Object.keys(order) as readonly NodePhase[];

/** A stretch of a lane, in seconds since the launch began. */
interface Stretch {
  readonly phase: NodePhase;
  readonly from: number;
  /** `null` while it goes on. */
  readonly to: number | null;
}

/** One node's way into its cluster. */
export interface Lane {
  readonly node: string;
  readonly stretches: readonly Stretch[];
  /** When something went wrong, in seconds. */
  readonly troubles: readonly number[];
  readonly words: string;
  readonly state: 'waiting' | 'moving' | 'alive' | 'trouble' | 'gone';
}

/** What went wrong first. */
export interface FirstError {
  readonly subject: string;
  readonly message: string;
  readonly remedy: string | null;
  readonly severity: 'error' | 'warning';
}

interface Node {
  stretches: { phase: NodePhase; from: number; to: number | null }[];
  troubles: number[];
  trouble: string | null;
  detail: string | null;
  gone: boolean;
}

/** What the events of a launch add up to: the page draws it, and nothing else. */
export class LaunchView {
  readonly header: LaunchHeader;
  readonly #start: number;
  readonly #nodes = new Map<string, Node>();
  readonly #lines: string[] = [];
  #plan: Plan | null = null;
  #end: LaunchEnd | null = null;
  #step: string | null = null;
  #waiting: string | null = null;
  #trouble: FirstError | null = null;
  #cleaning = false;
  #last = 0;

  constructor(header: LaunchHeader) {
    this.header = header;
    this.#start = Date.parse(header.startedAt);
  }

  get end(): LaunchEnd | null {
    return this.#end;
  }

  get plan(): Plan | null {
    return this.#plan;
  }

  get cleaning(): boolean {
    return this.#cleaning;
  }

  /** What the log says, a line each. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Seconds since the launch began; at its end they stand still. */
  elapsed(now: number): number {
    if (this.#end === null) return Math.max(0, (now - this.#start) / 1000);
    return this.#end.time === null
      ? this.#last
      : Math.max(this.#last, (Date.parse(this.#end.time) - this.#start) / 1000);
  }

  /** The launch ended. */
  finish(end: LaunchEnd): void {
    this.#end = end;
    this.#step = null;
    if (end.time !== null) this.#say(this.#at(end.time), endWords(end));
    // What goes on ends with the launch, but for what is alive.
    const at = this.elapsed(0);
    for (const { stretches } of this.#nodes.values()) {
      const last = stretches.at(-1);
      if (last?.to === null) last.to = at;
    }
  }

  /** Takes an event in. */
  apply(event: EngineEvent): void {
    const at = this.#at(event.time);
    this.#last = Math.max(this.#last, at);
    switch (event.code) {
      case 'plan.ready': {
        this.#plan = event.plan;
        for (const { role, count } of event.plan.nodes)
          for (let number = 1; number <= count; number += 1)
            this.#node(role === 'master' ? 'master' : `worker-${number}`);
        this.#say(at, `plan: ${planWords(event.plan)}`);
        break;
      }
      case 'verb.started':
        for (const name of event.nodes) this.#node(name);
        break;
      case 'waiting':
        this.#waiting = event.reason;
        break;
      case 'download.progress':
        this.#step = `fetching ${event.what}${event.total === null ? '' : ` · ${Math.floor((100 * event.bytes) / event.total)} %`}`;
        break;
      case 'download.finished':
        this.#step = null;
        this.#say(at, `${event.what} fetched in ${event.seconds.toFixed(1)} s`);
        break;
      case 'step.started':
        this.#step = event.step;
        this.#say(at, event.step);
        break;
      case 'step.finished':
        this.#step = null;
        break;
      case 'source.failed':
        this.#say(
          at,
          `${event.source} failed: ${event.reason}${event.next === null ? '' : `; next: ${event.next}`}`,
        );
        break;
      case 'node.phase':
        this.#phase(event.node, event.phase, event.detail, at);
        break;
      case 'node.trouble': {
        const node = this.#node(event.node);
        node.troubles.push(at);
        node.trouble = event.message;
        this.#trouble ??= {
          subject: event.node,
          message: event.message,
          remedy: remediesText(event.remedies) || null,
          severity: 'warning',
        };
        this.#say(at, `${event.node}: ${event.message}`);
        break;
      }
      case 'warning':
        this.#trouble ??= {
          subject: '',
          message: event.message,
          remedy: remediesText(event.remedies) || null,
          severity: 'warning',
        };
        this.#say(at, `warning: ${event.message}`);
        break;
      case 'node.stopped':
      case 'node.removed':
        this.#node(event.node).gone = true;
        break;
      case 'cleanup.started':
        this.#cleaning = true;
        this.#say(at, 'removing what was made');
        break;
      case 'cleanup.finished':
        this.#say(
          at,
          event.left.length === 0 ? 'removed, nothing is left' : `left: ${event.left.join('; ')}`,
        );
        break;
      case 'cluster.ready':
        this.#say(at, 'Spark has every worker');
        break;
      default:
        break;
    }
  }

  get lanes(): readonly Lane[] {
    return [...this.#nodes].map(([name, node]) => {
      const phase = node.stretches.at(-1)?.phase;
      const troubled = node.trouble !== null && phase !== 'alive';
      return {
        node: name,
        stretches: node.stretches,
        troubles: node.troubles,
        state: node.gone
          ? 'gone'
          : troubled
            ? 'trouble'
            : phase === 'alive'
              ? 'alive'
              : phase === undefined
                ? 'waiting'
                : 'moving',
        words: node.gone
          ? 'removed'
          : phase === undefined
            ? ''
            : [phase, node.detail].filter((part) => part !== null).join(' · '),
      };
    });
  }

  /** How many nodes are in Spark, of all. */
  get alive(): { readonly done: number; readonly total: number } {
    const nodes = [...this.#nodes.values()];
    const done = nodes.filter(({ stretches }) => stretches.at(-1)?.phase === 'alive').length;
    return { done, total: nodes.length };
  }

  /** The phases that its nodes go through. */
  get phases(): readonly NodePhase[] {
    return this.#plan?.provider === 'local' ? ['starting', 'alive'] : allPhases;
  }

  /** How far it is, from 0 to 1: each node's way counts the same. */
  get progress(): number {
    if (this.#end?.status === 'ready') return 1;
    const nodes = [...this.#nodes.values()];
    if (nodes.length === 0) return 0;
    const { phases } = this;
    const ways = nodes.map(({ stretches }) => {
      const phase = stretches.at(-1)?.phase;
      if (phase === undefined || phase === 'alive') return phase === undefined ? 0 : 1;
      return (Math.max(0, phases.indexOf(phase)) + 0.4) / phases.length;
    });
    return ways.reduce((sum, way) => sum + way, 0) / nodes.length;
  }

  /** What is done or waited for now. */
  get activity(): string {
    // Why it failed stands in the note below.
    if (this.#end !== null) return this.#end.status === 'failed' ? 'failed' : endWords(this.#end);
    if (this.#cleaning) return 'removing what was made';
    if (this.#step !== null) return this.#step;
    const { done, total } = this.alive;
    if (done > 0) return `${done} of ${total} alive`;
    if (this.#waiting !== null) return `waiting for ${this.#waiting}`;
    return total === 0 ? 'planning' : 'making the nodes';
  }

  /** The first cause: what the launch ended with, else what went wrong on a node that isn't through. */
  get error(): FirstError | null {
    const error = this.#end?.error ?? null;
    if (error !== null && this.#end?.status === 'failed')
      return { subject: '', message: error.message, remedy: error.hint, severity: 'error' };
    if (this.#trouble === null || this.#end?.status === 'ready') return null;
    const node = this.#nodes.get(this.#trouble.subject);
    return node?.stretches.at(-1)?.phase === 'alive' ? null : this.#trouble;
  }

  #phase(name: string, phase: NodePhase, detail: string | null, at: number): void {
    const node = this.#node(name);
    const last = node.stretches.at(-1);
    node.detail = detail;
    node.gone = false;
    if (last?.phase === phase) return;
    if (last?.to === null) last.to = at;
    node.stretches.push({ phase, from: at, to: null });
    this.#say(at, `${name} ${phase}${detail === null ? '' : ` · ${detail}`}`);
  }

  #node(name: string): Node {
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const node: Node = { stretches: [], troubles: [], trouble: null, detail: null, gone: false };
    this.#nodes.set(name, node);
    return node;
  }

  #at(time: string): number {
    return Math.max(0, (Date.parse(time) - this.#start) / 1000);
  }

  #say(at: number, text: string): void {
    const minutes = Math.floor(at / 60);
    const seconds = Math.floor(at % 60);
    this.#lines.push(`${twoDigits(minutes)}:${twoDigits(seconds)}  ${text}`);
  }
}

/** How a launch ended, in words. */
function endWords({ status, error }: LaunchEnd): string {
  switch (status) {
    case 'ready':
      return 'running';
    case 'failed':
      return `failed: ${error?.message ?? 'for an unknown reason'}`;
    case 'cancelled':
      return 'cancelled';
    case 'interrupted':
      return 'the window was closed while it launched';
  }
}

/** `1 master + 2 workers · 1 core, 4 GiB each · this machine` */
export function planWords({ nodes, provider, region, price }: Plan): string {
  const workers = nodes.filter(({ role }) => role === 'worker');
  const number = workers.reduce((sum, { count }) => sum + count, 0);
  const [worker] = workers;
  const type =
    worker === undefined
      ? null
      : worker.type !== 'process'
        ? worker.type
        : worker.cores === null
          ? null
          : `${worker.cores} ${worker.cores === 1 ? 'core' : 'cores'}${worker.memoryMiB === null ? '' : `, ${Number((worker.memoryMiB / 1024).toFixed(1))} GiB`} each`;
  return [
    `1 master + ${number} ${number === 1 ? 'worker' : 'workers'}`,
    type,
    provider === 'local' ? 'this machine' : (region ?? 'EC2'),
    price === null ? null : hourly(price.perHour),
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
