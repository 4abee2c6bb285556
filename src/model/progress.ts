import {
  type EngineEvent,
  type EventPayloads,
  type NodePhase,
  nodePhases,
  type NodeResources,
  type StepSubject,
  type Verb,
  type WaitSubject,
} from './events.ts';
import type { Plan } from './plan.ts';
import type { Remedy } from './remedy.ts';

/** What a node goes through: the stages of its way into the cluster, or the one thing that the verb does with it. */
export type TaskKind = NodePhase | 'stopped' | 'removed' | 'copied';

/** How far one part of the work is. */
export interface Task {
  readonly kind: TaskKind;
  readonly done: number;
  readonly total: number;
  /** Seconds from the beginning until it was complete; `null` while it isn't. */
  readonly seconds: number | null;
}

/** A download of this machine's. */
export interface Download {
  readonly what: string;
  readonly source: string;
  readonly bytes: number;
  readonly total: number | null;
  /** `null` until there is something to measure. */
  readonly bytesPerSecond: number | null;
  /** How long it took; `null` while it goes on. */
  readonly seconds: number | null;
  /** Whether it goes on now: not only planned, and not over. */
  readonly isActive: boolean;
}

/** What a worker still has that is leaving. */
type Draining = Pick<EventPayloads['node.draining'], 'coresInUse' | 'blocksToMove'>;

/** What goes on now, where there is something to say beside how many nodes are through. */
export type Activity =
  | { readonly kind: 'cleanup' }
  | { readonly kind: 'step'; readonly step: string; readonly subject?: StepSubject }
  | {
      readonly kind: 'draining';
      readonly nodes: readonly ({ readonly node: string } & Draining)[];
    }
  /** The engine waits, and says for what; `late` are the nodes that aren't there yet, as far as they are known. */
  | {
      readonly kind: 'waiting';
      readonly reason: string;
      readonly subject?: WaitSubject;
      readonly late: readonly string[];
    }
  /** Only nodes are missing. */
  | { readonly kind: 'nodes'; readonly late: readonly string[] };

/** A stretch of a node's way, in milliseconds as the events were timed. */
interface Stretch {
  readonly phase: NodePhase;
  readonly from: number;
  /** `null` while it goes on. */
  readonly to: number | null;
}

/** Something that went wrong and stopped nothing. */
export interface Problem {
  /** The node that it is about; `null` if it is about none. */
  readonly node: string | null;
  readonly at: number;
  readonly message: string;
  readonly remedies: readonly Remedy[];
}

/** One node, as far as the events tell. */
export interface NodeProgress {
  readonly name: string;
  /** `null` until the first event about it. */
  readonly phase: NodePhase | null;
  readonly detail: string | null;
  /** What it gives to Spark; `null` until that is known. */
  readonly resources: NodeResources | null;
  readonly stretches: readonly Stretch[];
  readonly problems: readonly Problem[];
  /** Whether it was removed, or stopped by a verb that stops. */
  readonly isGone: boolean;
}

interface Node {
  readonly name: string;
  phase: NodePhase | null;
  detail: string | null;
  resources: NodeResources | null;
  stretches: Stretch[];
  isGone: boolean;
  /** Whether an event named it; before that only the plan does. */
  isNamed: boolean;
  hasFile: boolean;
  draining: Draining | null;
}

/** How long a download's speed is measured back. */
const speedWindowMs = 3000;

const verbTasks: Readonly<Partial<Record<Verb, TaskKind>>> = {
  stop: 'stopped',
  destroy: 'removed',
  removeWorkers: 'removed',
  copyFile: 'copied',
};

/**
 * What the events of one verb add up to: the one place that gives events a meaning. All that shows progress (terminal, notification,
 * status bar, launch log) is drawn from it.
 *
 * It has no clock: the same events with the same times make the same picture.
 */
export class Progress {
  readonly cluster: string;
  readonly verb: Verb;
  readonly #nodes = new Map<string, Node>();
  readonly #seen = new Set<NodePhase>();
  readonly #completed = new Map<TaskKind, number>();
  readonly #problems = new Map<string, readonly Problem[]>();
  #startedAt: number;
  #lastAt: number;
  #endedAt: number | null = null;
  #plan: Plan | null = null;
  #planned: number;
  #isCleaning = false;
  #left: readonly string[] | null = null;
  #step: EventPayloads['step.started'] | null = null;
  #waiting: EventPayloads['waiting'] | null = null;
  #firstProblem: Problem | null = null;
  #download: Download | null = null;
  #samples: { readonly at: number; readonly bytes: number }[] = [];

  /**
   * @param startedAt milliseconds, on the clock that the events are timed with
   * @param added how many nodes are going to be added to a cluster
   */
  constructor(cluster: string, verb: Verb, startedAt: number, added = 0) {
    this.cluster = cluster;
    this.verb = verb;
    this.#startedAt = startedAt;
    this.#lastAt = startedAt;
    this.#planned = added;
  }

  /** `null` until there is one. */
  get plan(): Plan | null {
    return this.#plan;
  }

  /** Whether what was made is being removed, because the verb failed. */
  get isCleaning(): boolean {
    return this.#isCleaning;
  }

  /** What a clean-up could not remove; `null` if there was none. */
  get left(): readonly string[] | null {
    return this.#left;
  }

  get hasEnded(): boolean {
    return this.#endedAt !== null;
  }

  get download(): Download | null {
    return this.#download;
  }

  /** All nodes: those of the plan, then those that were made or are there already. */
  get nodes(): readonly NodeProgress[] {
    return [...this.#nodes.values()].map((node) => ({
      ...node,
      problems: this.#problems.get(node.name) ?? [],
    }));
  }

  /** The phase of a node; `null` if it has none yet, or isn't known. */
  phaseOf(node: string): NodePhase | null {
    return this.#nodes.get(node)?.phase ?? null;
  }

  /** What went wrong first, on a node or not. */
  get firstProblem(): Problem | null {
    return this.#firstProblem;
  }

  /** The last problem of each node that isn't through all the same. */
  get openProblems(): readonly Problem[] {
    return [...this.#problems].flatMap(([node, problems]) =>
      this.#nodes.get(node)?.phase === 'alive' ? [] : problems.slice(-1),
    );
  }

  /** Whether any node is on its way. */
  get hasBegun(): boolean {
    return [...this.#nodes.values()].some(({ phase }) => phase !== null);
  }

  /** The stages that nodes go through, those before the first event about one among them. */
  get phases(): readonly NodePhase[] {
    return this.#plan === null ? nodePhases : phasesOf(this.#plan);
  }

  /** The parts of the work, in order. */
  get tasks(): readonly Task[] {
    return this.#counts().map((task) => ({
      ...task,
      seconds: this.#completed.get(task.kind) ?? null,
    }));
  }

  /** The last part of the work: it tells how far the whole is. `null` until there is one. */
  get lastTask(): Task | null {
    return this.tasks.at(-1) ?? null;
  }

  /** How far the way of all nodes is, from 0 to 1: each node's counts the same. */
  get share(): number {
    const { phases } = this;
    const ways = [...this.#nodes.values()].map(({ phase }) => {
      if (phase === null || phase === 'alive') return phase === null ? 0 : 1;
      return (Math.max(0, phases.indexOf(phase)) + 0.4) / phases.length;
    });
    return ways.length === 0 ? 0 : ways.reduce((sum, way) => sum + way, 0) / ways.length;
  }

  /** What goes on now; `null` if there is nothing to say. */
  get activity(): Activity | null {
    if (this.hasEnded) return null;
    if (this.#isCleaning) return { kind: 'cleanup' };
    if (this.#step !== null) return { kind: 'step', ...this.#step };
    const named = [...this.#nodes.values()].filter(({ isNamed }) => isNamed);
    const draining = named.flatMap(({ name, draining, isGone }) =>
      isGone || draining === null || (draining.coresInUse === 0 && !draining.blocksToMove)
        ? []
        : { node: name, ...draining },
    );
    if (draining.length > 0) return { kind: 'draining', nodes: draining };
    const late = named.flatMap(({ name, phase }) => (phase === 'alive' ? [] : name));
    if (this.#waiting !== null)
      return {
        kind: 'waiting',
        ...this.#waiting,
        late: this.#seen.has('alive') ? late : [],
      };
    const started = named.every(({ phase }) => phase === 'starting' || phase === 'alive');
    if (!this.#seen.has('starting') || !started || late.length === 0) return null;
    return { kind: 'nodes', late };
  }

  /** Seconds since the beginning; they stand still at the end. */
  elapsedSeconds(now: number): number {
    return Math.max(0, ((this.#endedAt ?? now) - this.#startedAt) / 1000);
  }

  /** Doesn't count time in which the user was asked. */
  leaveOut(ms: number): void {
    this.#startedAt += ms;
  }

  /**
   * The work is over, well or not.
   *
   * @param at `null` if nobody saw it: it ended with its last event
   */
  finish(at: number | null): void {
    this.#endedAt = Math.max(this.#lastAt, at ?? this.#lastAt);
    this.#step = null;
    for (const node of this.#nodes.values()) closeStretch(node, this.#endedAt);
  }

  /**
   * Takes an event in.
   *
   * @param at when it happened, in milliseconds
   */
  apply(event: EngineEvent, at: number): void {
    this.#lastAt = Math.max(this.#lastAt, at);
    switch (event.code) {
      case 'plan.ready':
        this.#takePlan(event.plan);
        break;
      case 'verb.started':
        for (const node of event.nodes) this.#named(node);
        if (startsNodes(this.verb)) for (const phase of startPhases) this.#seen.add(phase);
        break;
      case 'waiting':
        this.#waiting = { reason: event.reason, ...subjectOf(event) };
        break;
      case 'download.progress':
        this.#takeDownload(event, at);
        break;
      case 'download.finished':
        this.#endDownload(event.seconds);
        break;
      case 'step.started':
        this.#step = { step: event.step, ...subjectOf(event) };
        break;
      case 'step.finished':
        this.#step = null;
        break;
      case 'node.phase':
        this.#takePhase(event, at);
        break;
      case 'node.trouble':
        this.#takeProblem({ ...event, at });
        break;
      case 'warning':
        this.#takeProblem({ ...event, at, node: null });
        break;
      case 'node.draining':
        this.#named(event.node).draining = event;
        break;
      case 'node.stopped':
        // Who removes workers stops them first.
        this.#named(event.node).isGone = this.verb !== 'removeWorkers' || this.#isCleaning;
        break;
      case 'node.removed':
        this.#named(event.node).isGone = true;
        break;
      case 'file.copied':
        this.#named(event.node).hasFile = true;
        break;
      case 'cleanup.started':
        this.#isCleaning = true;
        this.#download = null;
        this.#step = null;
        this.#waiting = null;
        break;
      case 'cleanup.finished':
        this.#left = event.left;
        break;
      default:
        break;
    }
    for (const { kind, done, total } of this.#counts())
      if (done >= total && total > 0 && !this.#completed.has(kind))
        this.#completed.set(kind, (at - this.#startedAt) / 1000);
  }

  #counts(): Omit<Task, 'seconds'>[] {
    const total = Math.max(this.#nodes.size, this.#planned);
    const single = this.#isCleaning ? 'removed' : verbTasks[this.verb];
    if (single !== undefined) {
      let done = 0;
      for (const { isGone, hasFile } of this.#nodes.values()) if (isGone || hasFile) done += 1;
      return [{ kind: single, total, done }];
    }
    // One look at each node: there may be thousands, with as many events.
    const inPhase = new Map<NodePhase, number>();
    for (const { phase } of this.#nodes.values())
      if (phase !== null) inPhase.set(phase, (inPhase.get(phase) ?? 0) + 1);
    return nodePhases
      .filter((phase) => this.#seen.has(phase))
      .map((wanted) => ({
        kind: wanted,
        total,
        done: nodePhases
          .filter((phase) => isThrough(phase, wanted))
          .reduce((sum, phase) => sum + (inPhase.get(phase) ?? 0), 0),
      }));
  }

  #node(name: string): Node {
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const node: Node = {
      name,
      phase: null,
      detail: null,
      resources: null,
      stretches: [],
      isGone: false,
      isNamed: false,
      hasFile: false,
      draining: null,
    };
    this.#nodes.set(name, node);
    return node;
  }

  #named(name: string): Node {
    const node = this.#node(name);
    node.isNamed = true;
    return node;
  }

  #takePlan(plan: Plan): void {
    this.#plan = plan;
    this.#planned = plan.nodes.reduce((sum, { count }) => sum + count, 0);
    // All that will be seen is there from the beginning: nothing jumps.
    for (const phase of phasesOf(plan)) this.#seen.add(phase);
    for (const { role, count } of plan.nodes)
      for (let number = 1; number <= count; number += 1)
        this.#node(role === 'master' ? 'master' : `worker-${number}`);
    this.#download = plannedDownload(plan);
  }

  #takePhase(
    { node: name, phase, detail, resources }: EventPayloads['node.phase'],
    at: number,
  ): void {
    // Those that were there before are alive, and none of this work.
    if (grows(this.verb) && phase === 'alive' && !this.#nodes.has(name)) return;
    const node = this.#named(name);
    this.#seen.add(phase);
    node.detail = detail;
    node.resources = resources ?? null;
    node.isGone = false;
    if (node.phase === phase) return;
    node.phase = phase;
    closeStretch(node, at);
    node.stretches.push({ phase, from: at, to: null });
  }

  #takeProblem({ node, at, message, remedies }: Problem): void {
    const problem = { node, at, message, remedies };
    this.#firstProblem ??= problem;
    // A node of which nothing else is known is none of this work: it isn't counted.
    if (node !== null) this.#problems.set(node, [...(this.#problems.get(node) ?? []), problem]);
  }

  #takeDownload(
    { what, source, bytes, total }: EventPayloads['download.progress'],
    at: number,
  ): void {
    if (this.#download?.source !== source || bytes < this.#download.bytes) this.#samples = [];
    this.#samples = [...this.#samples, { at, bytes }].filter(
      (sample, index, all) => at - sample.at <= speedWindowMs || index === all.length - 1,
    );
    const [first = { at, bytes }] = this.#samples;
    const seconds = (at - first.at) / 1000;
    const bytesPerSecond = seconds < 0.5 ? null : (bytes - first.bytes) / seconds;
    this.#download = { what, source, bytes, total, bytesPerSecond, seconds: null, isActive: true };
  }

  #endDownload(seconds: number): void {
    this.#samples = [];
    if (this.#download === null) return;
    const { bytes, total } = this.#download;
    this.#download = { ...this.#download, bytes: total ?? bytes, seconds, isActive: false };
  }
}

/** Whether a verb makes nodes of a cluster that has others already. */
function grows(verb: Verb): boolean {
  return verb === 'addWorkers' || verb === 'repair';
}

/** Whether a verb starts nodes without a plan that says so. */
function startsNodes(verb: Verb): boolean {
  return verb === 'start' || verb === 'resume' || grows(verb);
}

const startPhases = ['starting', 'alive'] as const;

function phasesOf({ provider }: Plan): readonly NodePhase[] {
  return provider === 'local' ? startPhases : nodePhases;
}

/** What will have to be fetched, before its first byte. */
function plannedDownload({ provider, software }: Plan): Download | null {
  // On EC2 the nodes fetch, and not this machine.
  if (provider !== 'local') return null;
  const first = software.find(({ fetchBytes }) => fetchBytes !== 0);
  if (first === undefined) return null;
  const { name, version, source, fetchBytes: total } = first;
  const what = `${name.charAt(0).toUpperCase()}${name.slice(1)} ${version ?? ''}`.trim();
  return { what, source, bytes: 0, total, bytesPerSecond: null, seconds: null, isActive: false };
}

function closeStretch({ stretches }: Node, at: number): void {
  const last = stretches.at(-1);
  if (last?.to === null) stretches[stretches.length - 1] = { ...last, to: at };
}

/** A daemon that starts was started; a node that downloads hasn't downloaded until the next phase begins. */
function isThrough(phase: NodePhase, wanted: NodePhase): boolean {
  const [has, needs] = [nodePhases.indexOf(phase), nodePhases.indexOf(wanted)];
  return wanted === 'starting' || wanted === 'alive' ? has >= needs : has > needs;
}

function subjectOf<T>({ subject }: { readonly subject?: T }): { readonly subject?: T } {
  return subject === undefined ? {} : { subject };
}
