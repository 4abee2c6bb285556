import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stampedId } from '../../base/stamped-id.ts';
import type { EngineEvent } from '../../model/events.ts';
import type { Plan } from '../../model/plan.ts';
import type { LaunchEnd, LaunchHeader } from '../../protocol/launch-log.ts';

/** How many logs are kept. */
const maxLogs = 20;

/** How a launch ended that never said so. */
const interrupted: LaunchEnd = { status: 'interrupted', time: null, error: null };

/** What is new of a launch: one thing, or all of it. */
type Change = { readonly event: EngineEvent } | { readonly end: LaunchEnd } | 'all';
type Listener = (change: Change) => void;

/** A line of a log's file. */
type Line =
  | { readonly header: LaunchHeader; readonly pid: number; readonly window?: string }
  /** Another window went on with it. */
  | { readonly resumedBy: number }
  | { readonly event: EngineEvent }
  | { readonly end: LaunchEnd };

/** What a record has beside what was said. */
interface RecordParts {
  readonly window?: string | undefined;
  /** Keeps what is said; absent if another window does. */
  readonly write?: ((line: Line) => void) | undefined;
}

/** What one launch said, from its beginning to its end. */
export class LaunchRecord {
  readonly header: LaunchHeader;
  /** Which window began it: that of a folder, or of none; `undefined` if that wasn't recorded. */
  readonly window: string | undefined;
  #events: EngineEvent[];
  readonly #listeners = new Set<Listener>();
  #write: ((line: Line) => void) | undefined;
  #end: LaunchEnd | null;

  constructor(
    header: LaunchHeader,
    events: readonly EngineEvent[],
    end: LaunchEnd | null,
    { window, write }: RecordParts = {},
  ) {
    this.header = header;
    this.window = window;
    this.#events = [...events];
    this.#end = end;
    this.#write = write;
  }

  /** Whether this window launches, or launched, it. */
  get isOurs(): boolean {
    return this.#write !== undefined;
  }

  /** The plan that was carried out; `undefined` if it never came to one. */
  get plan(): Plan | undefined {
    return this.#events.findLast((event) => event.code === 'plan.ready')?.plan;
  }

  get events(): readonly EngineEvent[] {
    return this.#events;
  }

  get end(): LaunchEnd | null {
    return this.#end;
  }

  add(event: EngineEvent): void {
    const last = this.#events.at(-1);
    // Of a download only how far it is counts: else its log would grow by the megabyte.
    if (event.code === 'download.progress' && last?.code === 'download.progress')
      this.#events.pop();
    else if (event.code !== 'download.progress') this.#write?.({ event });
    this.#events.push(event);
    for (const listener of this.#listeners) listener({ event });
  }

  finish(end: LaunchEnd): void {
    this.#end = end;
    this.#write?.({ end });
    for (const listener of this.#listeners) listener({ end });
  }

  /** This window resumes it. */
  takeOver(write: (line: Line) => void): void {
    this.#write = write;
    this.#end = null;
    for (const listener of this.#listeners) listener('all');
  }

  /** Takes in what another window wrote since. */
  replace(events: readonly EngineEvent[], end: LaunchEnd | null): void {
    if (events.length === this.#events.length && end?.status === this.#end?.status) return;
    this.#events = [...events];
    this.#end = end;
    for (const listener of this.#listeners) listener('all');
  }

  /** Hears what comes from now on, until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** What must be known of processes. */
interface ProcessView {
  readonly pid: number;
  /** Stands for this window and the one that it is after a reload: its folder. */
  readonly window?: string | undefined;
  readonly isAlive: (pid: number) => boolean;
}

/** The launches of this user's windows: in memory, and in a folder that outlives the window. */
export class Launches {
  readonly #folder: string;
  readonly #process: ProcessView;
  readonly #records = new Map<string, LaunchRecord>();
  #loading: Promise<void> = Promise.resolve();
  #writes: Promise<unknown> = Promise.resolve();

  /**
   * @param folder where logs are kept; made when it is needed
   * @param process the process that this is, and whether another one is alive: one that died ended its launches
   */
  constructor(folder: string, process: ProcessView) {
    this.#folder = folder;
    this.#process = process;
  }

  /** Begins the record of a launch. */
  async begin(cluster: string, startedAt: Date): Promise<LaunchRecord> {
    await this.#load();
    const id = stampedId(startedAt.getTime(), 4);
    const header: LaunchHeader = {
      id,
      cluster,
      startedAt: startedAt.toISOString(),
      usualSeconds: this.#usualSeconds(),
    };
    await mkdir(this.#folder, { recursive: true });
    const { pid, window } = this.#process;
    const write = this.#writer(id);
    write({ header, pid, ...(window !== undefined && { window }) });
    const record = new LaunchRecord(header, [], null, { window, write });
    this.#records.set(id, record);
    return record;
  }

  /**
   * Makes a launch whose window is gone this window's own, so that it may resume it.
   *
   * @returns `false` if another window does, or did
   */
  async takeOver(record: LaunchRecord): Promise<boolean> {
    await this.reload(record);
    if (record.isOurs || record.end?.status !== 'interrupted') return false;
    const { header } = record;
    const { id } = header;
    const { pid, window } = this.#process;
    const write = this.#writer(id);
    // What was only watched has no log yet.
    const isStored = (await this.#parse(this.#file(id))) !== undefined;
    if (!isStored) await mkdir(this.#folder, { recursive: true });
    write(isStored ? { resumedBy: pid } : { header, pid, ...(window !== undefined && { window }) });
    await this.written();
    // Two windows may have found it at the same moment: the first that wrote so has it.
    const seen = await this.#parse(this.#file(id));
    if (seen?.owner !== pid) return false;
    record.takeOver(write);
    return true;
  }

  /** Writes down how a launch ended whose window is gone. */
  conclude(record: LaunchRecord, end: LaunchEnd): void {
    this.#writer(record.header.id)({ end });
    record.finish(end);
  }

  /** A launch of another client, of which nothing is known but what its cluster shows. */
  async watch(cluster: string, startedAt: Date): Promise<LaunchRecord> {
    await this.#load();
    const header: LaunchHeader = {
      id: stampedId(startedAt.getTime(), 4),
      cluster,
      startedAt: startedAt.toISOString(),
      usualSeconds: this.#usualSeconds(),
    };
    const record = new LaunchRecord(header, [], null);
    this.#records.set(header.id, record);
    return record;
  }

  async get(id: string): Promise<LaunchRecord | undefined> {
    await this.#load();
    return this.#records.get(id);
  }

  /** All that are known, the newest first. */
  async all(): Promise<readonly LaunchRecord[]> {
    await this.#load();
    return [...this.#records.values()].sort((a, b) => b.header.id.localeCompare(a.header.id));
  }

  /** The newest launch of a cluster's name. */
  async latest(cluster: string): Promise<LaunchRecord | undefined> {
    return (await this.all()).find(({ header }) => header.cluster === cluster);
  }

  /** Looks again at a launch of another window that hasn't ended, as far as is known. */
  async reload(record: LaunchRecord): Promise<void> {
    // One that seems to be over may have been resumed by another window.
    if (record.isOurs || (record.end !== null && record.end.status !== 'interrupted')) return;
    const now = await this.#parse(this.#file(record.header.id));
    if (now !== undefined) record.replace(now.record.events, now.record.end);
  }

  /** Resolves when all that was said so far is in the files. */
  async written(): Promise<void> {
    await this.#writes;
  }

  #writer(id: string): (line: Line) => void {
    return (line) => {
      this.#writes = this.#writes
        .then(() => appendFile(this.#file(id), `${JSON.stringify(line)}\n`))
        // A full disk is no reason to stop a launch.
        .catch(() => undefined);
    };
  }

  #usualSeconds(): number | null {
    const seconds = [...this.#records.values()]
      // One that was interrupted tells only how long its last part took.
      .filter(({ events }) => !events.some(isResumption))
      .flatMap(({ events }) =>
        events.flatMap((event) => (event.code === 'cluster.ready' ? event.seconds : [])),
      )
      .sort((a, b) => a - b);
    return seconds[Math.floor(seconds.length / 2)] ?? null;
  }

  #file(id: string): string {
    return join(this.#folder, `${id}.jsonl`);
  }

  /** Reads what isn't known yet: other windows may have launched since. */
  #load(): Promise<void> {
    this.#loading = this.#loading.then(() => this.#read());
    return this.#loading;
  }

  async #read(): Promise<void> {
    const names = (await readdir(this.#folder).catch(() => []))
      .filter((name) => name.endsWith('.jsonl'))
      .sort();
    for (const name of names.slice(0, -maxLogs))
      await rm(join(this.#folder, name), { force: true });
    for (const name of names.slice(-maxLogs)) {
      if (this.#records.has(name.slice(0, -'.jsonl'.length))) continue;
      const found = await this.#parse(join(this.#folder, name));
      if (found !== undefined) this.#records.set(found.record.header.id, found.record);
    }
  }

  /** Reads a log; one without an end is of a window that was closed, unless its process is still at work. */
  async #parse(
    file: string,
  ): Promise<{ readonly record: LaunchRecord; readonly owner: number | undefined } | undefined> {
    const text = await readFile(file, 'utf8').catch(() => '');
    let header: LaunchHeader | undefined;
    let window: string | undefined;
    // The first process that is alive: later ones found that it was.
    let owner: number | undefined;
    const claim = (pid: number): void => {
      if (owner === undefined && this.#process.isAlive(pid)) owner = pid;
    };
    let end = interrupted;
    const events: EngineEvent[] = [];
    for (const line of text.split('\n').filter(Boolean)) {
      let parsed: Line;
      try {
        parsed = JSON.parse(line) as Line;
      } catch {
        // The last line of a window that was killed while it wrote.
        continue;
      }
      if ('header' in parsed) {
        header = parsed.header;
        window = parsed.window;
        claim(parsed.pid);
      } else if ('resumedBy' in parsed) {
        claim(parsed.resumedBy);
        end = interrupted;
      } else if ('event' in parsed) events.push(parsed.event);
      else end = parsed.end;
    }
    if (header === undefined) return undefined;
    const goesOn = end.status === 'interrupted' && end.time === null && owner !== undefined;
    return { record: new LaunchRecord(header, events, goesOn ? null : end, { window }), owner };
  }
}

function isResumption(event: EngineEvent): boolean {
  return event.code === 'verb.started' && event.verb === 'resume';
}
