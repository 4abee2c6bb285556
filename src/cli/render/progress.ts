import { drainingText } from '../../model/event-text.ts';
import {
  nodePhases,
  type EngineEvent,
  type EventPayloads,
  type NodePhase,
  type Verb,
} from '../../model/events.ts';
import type { Plan } from '../../model/plan.ts';
import { count } from '../../model/count.ts';

/** How far one part of the work is. */
export interface Bar {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Seconds from the beginning until it was complete; `null` while it isn't. */
  readonly seconds: number | null;
}

/** A download that goes on. */
export interface Download {
  readonly what: string;
  readonly source: string;
  readonly bytes: number;
  readonly total: number | null;
  /** `null` until there is something to measure. */
  readonly bytesPerSecond: number | null;
  /** How long it took; `null` while it goes on. */
  readonly seconds: number | null;
}

interface NodeState {
  phase: NodePhase | null;
  gone: boolean;
  copied: boolean;
  draining: Pick<EventPayloads['node.draining'], 'coresInUse' | 'blocksToMove'> | null;
}

/** How long a download's speed is measured back. */
const speedWindowMs = 3000;
/** So many nodes that are waited for are named; more are counted. */
const fewLeft = 3;

const verbLabels: Readonly<Partial<Record<Verb, string>>> = {
  stop: 'stopped',
  destroy: 'removed',
  removeWorkers: 'removed',
  copyFile: 'copied',
};

/** What the events of one verb add up to: the picture is drawn from it, and nothing else. */
export class Progress {
  readonly cluster: string;
  readonly verb: Verb;
  startedAt: number;
  plan: Plan | null = null;
  cleaning = false;
  /** What is being done that is done once, such as unpacking. */
  step: string | null = null;
  ended = false;
  /** What a clean-up could not remove; `null` if there was none. */
  left: readonly string[] | null = null;
  readonly #nodes = new Map<string, NodeState>();
  readonly #seen = new Set<NodePhase>();
  readonly #troubles = new Map<string, string>();
  readonly #completed = new Map<string, number>();
  #planned = 0;
  #waiting: string | null = null;
  #download: Download | null = null;
  #samples: { readonly at: number; readonly bytes: number }[] = [];

  /** @param added how many nodes are going to be added to a cluster */
  constructor(cluster: string, verb: Verb, startedAt: number, added = 0) {
    this.cluster = cluster;
    this.verb = verb;
    this.startedAt = startedAt;
    this.#planned = added;
  }

  /** Doesn't count time in which a person was asked. */
  leaveOut(ms: number): void {
    this.startedAt += ms;
  }

  /** Takes an event in. */
  apply(event: EngineEvent, now: number): void {
    switch (event.code) {
      case 'plan.ready':
        this.plan = event.plan;
        this.#planned = event.plan.nodes.reduce((sum, { count }) => sum + count, 0);
        for (const phase of phasesOf(event.plan)) this.#seen.add(phase);
        this.#download = expectedDownload(event.plan);
        break;
      case 'verb.started':
        for (const node of event.nodes) this.#node(node);
        if (this.verb === 'start' || this.verb === 'resume' || grows(this.verb))
          for (const phase of ['starting', 'alive'] as const) this.#seen.add(phase);
        break;
      case 'waiting':
        this.#waiting = event.reason;
        break;
      case 'download.progress':
        this.#noteDownload(event, now);
        break;
      case 'download.finished':
        if (this.#download !== null) {
          const { bytes, total } = this.#download;
          this.#download = { ...this.#download, bytes: total ?? bytes, seconds: event.seconds };
        }
        this.#samples = [];
        break;
      case 'step.started':
        this.step = event.step;
        break;
      case 'step.finished':
        this.step = null;
        break;
      case 'node.phase':
        this.#notePhase(event.node, event.phase);
        break;
      case 'node.trouble':
        this.#troubles.set(event.node, event.message);
        break;
      case 'node.draining':
        this.#node(event.node).draining = event;
        break;
      case 'node.stopped':
      case 'node.removed':
        this.#node(event.node).gone =
          event.code === 'node.removed' || this.verb !== 'removeWorkers' || this.cleaning;
        break;
      case 'file.copied':
        this.#node(event.node).copied = true;
        break;
      case 'cleanup.finished':
        this.left = event.left;
        break;
      case 'cleanup.started':
        this.cleaning = true;
        this.#download = null;
        this.step = null;
        this.#waiting = null;
        break;
      default:
        break;
    }
    for (const { label, done, total } of this.#counts())
      if (done >= total && total > 0 && !this.#completed.has(label))
        this.#completed.set(label, (now - this.startedAt) / 1000);
  }

  /** The parts of the work, in order. */
  get bars(): Bar[] {
    return this.#counts().map((bar) => ({
      ...bar,
      seconds: this.#completed.get(bar.label) ?? null,
    }));
  }

  get download(): Download | null {
    return this.#download;
  }

  /** What went wrong on nodes that aren't through all the same. */
  get troubles(): { readonly node: string; readonly message: string }[] {
    return [...this.#troubles]
      .filter(([node]) => this.#nodes.get(node)?.phase !== 'alive')
      .map(([node, message]) => ({ node, message }));
  }

  /** What is waited for, or `null`. */
  get waiting(): string | null {
    if (this.ended) return null;
    if (this.cleaning) return 'removing what was made';
    if (this.step !== null) return this.step;
    const busy = [...this.#nodes].flatMap(([node, { draining, gone }]) =>
      gone || draining === null || (draining.coresInUse === 0 && !draining.blocksToMove)
        ? []
        : `${node} (${drainingText(draining)})`,
    );
    if (busy.length > 0) return `waiting for ${busy.join(', ')}`;
    const late = [...this.#nodes].flatMap(([node, { phase }]) => (phase === 'alive' ? [] : node));
    const names = this.#seen.has('alive') && late.length <= fewLeft ? late.join(', ') : '';
    if (this.#waiting !== null)
      return `waiting for ${this.#waiting}${names === '' ? '' : `: ${names}`}`;
    const started = [...this.#nodes.values()].every(({ phase }) =>
      ['starting', 'alive'].includes(phase ?? ''),
    );
    if (!this.#seen.has('starting') || !started || late.length === 0) return null;
    return `waiting for ${names === '' ? count(late.length, 'node') : names} to come up`;
  }

  #counts(): Omit<Bar, 'seconds'>[] {
    const nodes = [...this.#nodes.values()];
    const total = Math.max(nodes.length, this.#planned);
    const many = (is: (node: NodeState) => boolean): number => nodes.filter(is).length;
    if (this.cleaning) return [{ label: 'removed', total, done: many(({ gone }) => gone) }];
    const label = verbLabels[this.verb];
    if (label !== undefined)
      return [{ label, total, done: many(({ gone, copied }) => gone || copied) }];
    return nodePhases
      .filter((phase) => this.#seen.has(phase))
      .map((phase) => ({ label: phase, total, done: many((node) => isThrough(node, phase)) }));
  }

  #node(name: string): NodeState {
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const node: NodeState = { phase: null, gone: false, copied: false, draining: null };
    this.#nodes.set(name, node);
    return node;
  }

  #notePhase(name: string, phase: NodePhase): void {
    // Those that were there before are alive, and none of this work.
    if (grows(this.verb) && phase === 'alive' && !this.#nodes.has(name)) return;
    const node = this.#node(name);
    this.#seen.add(phase);
    node.phase = phase;
    node.gone = false;
  }

  #noteDownload(
    { what, source, bytes, total }: Pick<Download, 'what' | 'source' | 'bytes' | 'total'>,
    now: number,
  ): void {
    if (this.#download?.source !== source || bytes < this.#download.bytes) this.#samples = [];
    this.#samples = [...this.#samples, { at: now, bytes }].filter(
      ({ at }, index, all) => now - at <= speedWindowMs || index === all.length - 1,
    );
    const [first] = this.#samples;
    const seconds = first === undefined ? 0 : (now - first.at) / 1000;
    const bytesPerSecond =
      first === undefined || seconds < 0.5 ? null : (bytes - first.bytes) / seconds;
    this.#download = { what, source, bytes, total, bytesPerSecond, seconds: null };
  }
}

/** Whether a verb makes nodes of a cluster that has others already. */
function grows(verb: Verb): boolean {
  return verb === 'addWorkers' || verb === 'repair';
}

function phasesOf({ provider }: Plan): readonly NodePhase[] {
  // All that will be seen is there from the beginning: nothing jumps.
  return provider === 'local' ? ['starting', 'alive'] : nodePhases;
}

/** What will have to be fetched: its line is there before the first byte. */
function expectedDownload({ provider, software }: Plan): Download | null {
  // On EC2 the nodes fetch, and not this machine.
  if (provider !== 'local') return null;
  const first = software.find(({ fetchBytes }) => fetchBytes !== 0);
  if (first === undefined) return null;
  const { name, version, source, fetchBytes: total } = first;
  const what = `${name.charAt(0).toUpperCase()}${name.slice(1)} ${version ?? ''}`.trim();
  return { what, source, bytes: 0, total, bytesPerSecond: null, seconds: null };
}

/** A daemon that starts was started; whoever fetches hasn't fetched until the next phase begins. */
function isThrough({ phase }: NodeState, wanted: NodePhase): boolean {
  if (phase === null) return false;
  const [has, needs] = [nodePhases.indexOf(phase), nodePhases.indexOf(wanted)];
  return wanted === 'starting' || wanted === 'alive' ? has >= needs : has > needs;
}
