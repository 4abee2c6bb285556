import * as vscode from 'vscode';
import type { ConfigPlaces } from '../../config/find.ts';
import type { PartialValues } from '../../config/options/options.ts';
import type { FlintrockEngine } from '../../engine/flintrock.ts';
import { type Host, silentHost } from '../../model/host.ts';
import { type LocatedCluster, refToOptions } from '../clusters/cluster-ref.ts';
import type { ConfigService } from '../configuration/config-service.ts';
import type { Settings } from '../configuration/settings.ts';

/** What an engine is made for. */
interface EngineRequest {
  readonly host: Host;
  /** Absolute path of the configuration file, or `undefined` for none. */
  readonly config: string | undefined;
  /** Folder that relative paths start from. */
  readonly cwd: string;
}

/** What the edge hands in: what is loaded on first use, and what only it knows of the process. */
export interface EngineSource {
  /** Engines share what they know of the account. */
  readonly makeEngine: (request: EngineRequest) => Promise<FlintrockEngine>;
  /** Lets engines that are made from now on look at the account again. */
  readonly forgetAccount: () => void;
  readonly loadConfiguration: () => Promise<ConfigService>;
  readonly places: Omit<ConfigPlaces, 'cwd'>;
}

/** The one way to the engine: which configuration it reads, in which folder, for which cluster. */
export class EngineFactory {
  readonly #source: EngineSource;
  readonly #settings: Settings;

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
  async configured(host: Host = silentHost): Promise<FlintrockEngine> {
    return this.#source.makeEngine({ host, config: await this.configFile(), cwd: this.cwd });
  }

  /** An engine that reads no file: what a local cluster needs, whatever the file says. */
  async plain(host: Host = silentHost, cwd = this.cwd): Promise<FlintrockEngine> {
    return this.#source.makeEngine({ host, config: undefined, cwd });
  }

  /** Forgets credentials that failed, so that fixed ones work without a new window. */
  forgetAccount(): void {
    this.#source.forgetAccount();
  }

  /** An engine for a cluster that is there, with the options that lead to it. */
  async forCluster(
    ref: LocatedCluster,
    host: Host,
  ): Promise<{ readonly engine: FlintrockEngine; readonly values: PartialValues }> {
    const engine = await (ref.provider === 'local' ? this.plain(host) : this.configured(host));
    return { engine, values: refToOptions(ref, this.#settings.profile) };
  }
}
