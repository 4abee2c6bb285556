import * as vscode from 'vscode';

/** VS Code's settings of the extension. */
export class Settings implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;
  /** One of our settings changed, or the folder became trusted. */
  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#subscription = vscode.Disposable.from(
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('flintrock')) this.#changed.fire();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire()),
    );
  }

  /** Path of the configuration file, or `undefined` if none was named. */
  get configFile(): string | undefined {
    return this.#text('configFile');
  }

  /** AWS profile, or `undefined` for the default credential chain. */
  get profile(): string | undefined {
    return this.#text('profile');
  }

  /** AWS regions to list clusters of; empty for the default one. */
  get regions(): readonly string[] {
    return vscode.workspace.getConfiguration('flintrock').get<string[]>('regions', []);
  }

  async setProfile(profile: string): Promise<void> {
    await this.#set('profile', profile === '' ? undefined : profile);
  }

  async setRegions(regions: readonly string[]): Promise<void> {
    await this.#set('regions', regions.length === 0 ? undefined : regions);
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  #text(name: string): string | undefined {
    const text = vscode.workspace.getConfiguration('flintrock').get<string>(name, '').trim();
    return text === '' ? undefined : text;
  }

  async #set(name: string, value: unknown): Promise<void> {
    await vscode.workspace
      .getConfiguration('flintrock')
      .update(name, value, vscode.ConfigurationTarget.Global);
  }
}
