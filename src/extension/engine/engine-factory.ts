import * as vscode from 'vscode';
import type { ConfigPlaces } from '../../config/find.ts';
import type { PartialValues } from '../../config/options/options.ts';
import type { FlintrockEngine } from '../../engine/flintrock.ts';
import { type LocatedCluster, refToOptions } from '../clusters/cluster-ref.ts';
import type { ConfigService } from '../configuration/config-service.ts';
import type { Settings } from '../configuration/settings.ts';

/** What an engine is made for. */
interface EngineRequest {
  /** Absolute path of the configuration file, or `undefined` for none. */
  readonly config: string | undefined;
  /** Folder that relative paths start from. */
  readonly cwd: string;
}

/** What the edge hands in: what is loaded on first use, and what only it knows of the process. */
export interface EngineSource {
  readonly makeEngine: (request: EngineRequest) => Promise<FlintrockEngine>;
  readonly loadConfiguration: () => Promise<ConfigService>;
  readonly places: Omit<ConfigPlaces, 'cwd'>;
}

/** The one way to the engine: which configuration it reads, in which folder, for which cluster. */
export class EngineFactory {
  readonly #source: EngineSource;
  readonly #settings: Settings;
  /** Engines by what they are made for: each keeps what it knows of an account, such as clients and prices. */
  readonly #engines = new Map<string, Promise<FlintrockEngine>>();

  constructor(source: EngineSource, settings: Settings) {
    this.#source = source;
    this.#settings = settings;
  }

  /** What is known of configurations; loaded on first use. */
  configuration(): Promise<ConfigService> {
    return this.#source.loadConfiguration();
  }

  /** What it takes to find a configuration file; an untrusted folder's is not looked for. */
  get places(): ConfigPlaces {
    return { ...this.#source.places, cwd: this.cwd };
  }

  /** The open folder, if it is trusted and on this machine; else the user's home. */
  get cwd(): string {
    const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
    return folder !== undefined && vscode.workspace.isTrusted
      ? folder.uri.fsPath
      : this.#source.places.home;
  }

  /** The configuration file in use, or `undefined` if there is none. */
  async configFile(): Promise<string | undefined> {
    const { findConfigFile } = await this.configuration();
    return findConfigFile({ ...this.places, explicit: this.#settings.configFile });
  }

  /** An engine that reads the configuration file in use. */
  async configured(): Promise<FlintrockEngine> {
    return this.#engine({ config: await this.configFile(), cwd: this.cwd });
  }

  /** An engine that reads no file: what a local cluster needs, whatever the file says. */
  plain(cwd = this.cwd): Promise<FlintrockEngine> {
    return this.#engine({ config: undefined, cwd });
  }

  #engine(request: EngineRequest): Promise<FlintrockEngine> {
    const key = JSON.stringify([request.config, request.cwd]);
    const engine = this.#engines.get(key) ?? this.#source.makeEngine(request);
    this.#engines.set(key, engine);
    return engine;
  }

  /** Forgets credentials that failed, so that fixed ones work without a new window. */
  forgetAccount(): void {
    this.#engines.clear();
  }

  /** An engine for a cluster that is there, with the options that lead to it. */
  async forCluster(
    ref: LocatedCluster,
  ): Promise<{ readonly engine: FlintrockEngine; readonly values: PartialValues }> {
    const engine = await (ref.provider === 'local' ? this.plain() : this.configured());
    return { engine, values: refToOptions(ref, this.#settings.profile) };
  }
}
