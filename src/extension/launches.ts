import { stampedId } from '../model/stamped-id.ts';
import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineEvent } from '../model/events.ts';
import type { LaunchEnd, LaunchHeader } from '../protocol/launch-log.ts';

/** So many logs are kept. */
const kept = 20;

/** What is new of a launch: one thing, or all of it. */
type Change = { readonly event: EngineEvent } | { readonly end: LaunchEnd } | 'all';
type Listener = (change: Change) => void;

/** A line of a log's file. */
type Line =
  | { readonly header: LaunchHeader; readonly pid: number }
  | { readonly event: EngineEvent }
  | { readonly end: LaunchEnd };

/** What one launch said, from its beginning to its end. */
export class LaunchRecord {
  readonly header: LaunchHeader;
  /** Whether this window launches, or launched, it. */
  readonly isOurs: boolean;
  #events: EngineEvent[];
  readonly #listeners = new Set<Listener>();
  readonly #write: (line: Line) => void;
  #end: LaunchEnd | null;
  /** Stops the launch; absent if it isn't this window's. */
  cancel: (() => void) | undefined;

  constructor(
    header: LaunchHeader,
    events: readonly EngineEvent[],
    end: LaunchEnd | null,
    write?: (line: Line) => void,
  ) {
    this.header = header;
    this.#events = [...events];
    this.#end = end;
    this.isOurs = write !== undefined;
    this.#write = write ?? (() => undefined);
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
    else if (event.code !== 'download.progress') this.#write({ event });
    this.#events.push(event);
    for (const listener of this.#listeners) listener({ event });
  }

  finish(end: LaunchEnd): void {
    this.#end = end;
    this.cancel = undefined;
    this.#write({ end });
    for (const listener of this.#listeners) listener({ end });
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
  readonly isAlive: (pid: number) => boolean;
}

/** The launches that this person's windows made: in memory, and in a folder that outlives the window. */
export class Launches {
  readonly #folder: string;
  readonly #process: ProcessView;
  readonly #records = new Map<string, LaunchRecord>();
  #loaded: Promise<void> | undefined;
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
    const write = (line: Line): void => {
      this.#writes = this.#writes
        .then(() => appendFile(this.#file(id), `${JSON.stringify(line)}\n`))
        // A full disk is no reason to stop a launch.
        .catch(() => undefined);
    };
    write({ header, pid: this.#process.pid });
    const record = new LaunchRecord(header, [], null, write);
    this.#records.set(id, record);
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
  async lookAgain(record: LaunchRecord): Promise<void> {
    if (record.isOurs || record.end !== null) return;
    const now = await this.#parse(this.#file(record.header.id));
    if (now !== undefined) record.replace(now.events, now.end);
  }

  /** Resolves when all that was said so far is in the files. */
  async written(): Promise<void> {
    await this.#writes;
  }

  #usualSeconds(): number | null {
    const seconds = [...this.#records.values()]
      .flatMap(({ events }) =>
        events.flatMap((event) => (event.code === 'cluster.ready' ? event.seconds : [])),
      )
      .sort((a, b) => a - b);
    return seconds[Math.floor(seconds.length / 2)] ?? null;
  }

  #file(id: string): string {
    return join(this.#folder, `${id}.jsonl`);
  }

  #load(): Promise<void> {
    this.#loaded ??= this.#read();
    return this.#loaded;
  }

  async #read(): Promise<void> {
    const names = (await readdir(this.#folder).catch(() => []))
      .filter((name) => name.endsWith('.jsonl'))
      .sort();
    for (const name of names.slice(0, -kept)) await rm(join(this.#folder, name), { force: true });
    for (const name of names.slice(-kept)) {
      const record = await this.#parse(join(this.#folder, name));
      if (record !== undefined) this.#records.set(record.header.id, record);
    }
  }

  /** Reads a log; one without an end is of a window that was closed, unless its process is still at work. */
  async #parse(file: string): Promise<LaunchRecord | undefined> {
    const text = await readFile(file, 'utf8').catch(() => '');
    let header: LaunchHeader | undefined;
    let end: LaunchEnd | null = { status: 'interrupted', time: null, error: null };
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
        if (this.#process.isAlive(parsed.pid)) end = null;
      } else if ('event' in parsed) events.push(parsed.event);
      else end = parsed.end;
    }
    return header === undefined ? undefined : new LaunchRecord(header, events, end);
  }
}
