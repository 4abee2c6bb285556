import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type FrameLocator,
  type Locator,
  type Page,
} from 'playwright-core';
import { browser as chromiumPath, serverEntry, serverNode } from './prepare.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Where pictures go: kept, so that they can be looked at. */
const pictures = process.env['FLINTROCK_PICTURES'] ?? join(root, 'dist', 'pictures');

const settings = {
  'workbench.startupEditor': 'none',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.reduceMotion': 'on',
  'workbench.tips.enabled': false,
  'window.commandCenter': false,
  'terminal.integrated.gpuAcceleration': 'off',
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'git.enabled': false,
};

/** What a VS Code is started with. */
export interface WorkbenchOptions {
  /** The environment of its extension host and its terminals. */
  readonly env: Readonly<Record<string, string>>;
  /** Files of the folder that is opened, by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether VS Code asks if the folder is trusted. */
  readonly asksForTrust?: boolean;
}

/** Packages the extension as it ships. */
export function packageExtension(folder: string): string {
  const vsix = join(folder, 'flintrock.vsix');
  execFileSync('npm', ['run', '--silent', 'package:vscode', '--', '-o', vsix], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return vsix;
}

/** A real VS Code with the packaged extension, driven by a real browser. */
export class Workbench {
  readonly folder: string;
  readonly page: Page;
  readonly #data: string;
  readonly #server: ChildProcess;
  readonly #browser: Browser;
  readonly #url: string;

  private constructor(
    data: string,
    folder: string,
    server: ChildProcess,
    browser: Browser,
    page: Page,
    url: string,
  ) {
    this.#data = data;
    this.folder = folder;
    this.#server = server;
    this.#browser = browser;
    this.page = page;
    this.#url = url;
  }

  static async open(vsix: string, options: WorkbenchOptions): Promise<Workbench> {
    const data = mkdtempSync(join(tmpdir(), 'flintrock-vscode-'));
    const folder = join(data, 'work');
    mkdirSync(folder);
    for (const [name, text] of Object.entries(options.files ?? {})) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    mkdirSync(join(data, 'user', 'User'), { recursive: true });
    writeFileSync(
      join(data, 'user', 'User', 'settings.json'),
      JSON.stringify({ ...settings, ...options.settings }),
    );
    const places = [
      '--config',
      '/dev/null',
      '--user-data-dir',
      join(data, 'user'),
      '--extensions-dir',
      join(data, 'extensions'),
    ];
    const env = {
      ...options.env,
      PATH: `${dirname(serverNode)}${delimiter}${options.env['PATH'] ?? ''}`,
      // Nothing outside this machine is asked.
      EXTENSIONS_GALLERY: JSON.stringify({
        serviceUrl: '',
        itemUrl: '',
        resourceUrlTemplate: '',
        controlUrl: '',
      }),
    };
    execFileSync(serverNode, [serverEntry, ...places, '--install-extension', vsix], {
      env,
      stdio: 'pipe',
    });
    const server = spawn(
      serverNode,
      [
        serverEntry,
        ...places,
        '--auth',
        'none',
        '--bind-addr',
        '127.0.0.1:0',
        '--disable-telemetry',
        '--disable-update-check',
        '--disable-getting-started-override',
        '--ignore-last-opened',
        ...(options.asksForTrust === true ? [] : ['--disable-workspace-trust']),
      ],
      { env, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const log = createWriteStream(join(data, 'server.log'));
    server.stderr.pipe(log);
    const url = await new Promise<string>((found, failed) => {
      server.once('exit', (code) =>
        failed(new Error(`the server ended with ${code ?? 'a signal'}`)),
      );
      createInterface(server.stdout).on('line', (line) => {
        log.write(`${line}\n`);
        const match = /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(line);
        if (match?.[1] !== undefined) found(match[1]);
      });
    });
    const browser = await chromium.launch({
      executablePath: chromiumPath,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    });
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    await stayHere(context);
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const workbench = new Workbench(data, folder, server, browser, page, url);
    await workbench.load();
    return workbench;
  }

  /** Opens the folder, or opens it again: as a person who reloads the window. */
  async load(): Promise<void> {
    await this.page.goto(`${this.#url}/?folder=${encodeURIComponent(this.folder)}`);
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
  }

  /** Changes a setting of the person. */
  set(change: Readonly<Record<string, unknown>>): void {
    const file = join(this.#data, 'user', 'User', 'settings.json');
    const before = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...before, ...change }));
  }

  /** Runs a command by its words in the palette. */
  async run(label: string): Promise<void> {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget input[type=text]');
    await input.waitFor();
    await input.fill(`>${label}`);
    await this.page
      .locator('.quick-input-list .monaco-list-row', { hasText: label })
      .first()
      .click();
  }

  /** Takes the item of the list that is asked from. */
  async pick(label: string): Promise<void> {
    await this.page
      .locator('.quick-input-list .monaco-list-row', { hasText: label })
      .first()
      .click();
  }

  /** Answers a question for text. */
  async type(title: string, text: string): Promise<void> {
    const widget = this.page.locator('.quick-input-widget', { hasText: title });
    const input = widget.locator('input[type=text]');
    await input.fill(text);
    await input.press('Enter');
  }

  /** Opens the Clusters view. */
  async openView(): Promise<void> {
    await this.page.locator('.activitybar').getByRole('tab', { name: 'Flintrock' }).click();
  }

  /** A row of the tree, by its name. */
  row(name: string): Locator {
    return this.page
      .locator('.part.sidebar .monaco-list-row[role=treeitem]')
      .filter({ has: this.page.locator('.label-name', { hasText: new RegExp(`^${name}$`) }) });
  }

  /** What stands in a row, when it has come to be like this. */
  async rowSays(name: string, what: RegExp): Promise<void> {
    await this.row(name)
      .locator('.label-description', { hasText: what })
      .waitFor({ timeout: 120_000 });
  }

  /** Opens a row's context menu and takes an item. */
  async menu(name: string, item: string): Promise<void> {
    await this.row(name).click({ button: 'right' });
    await this.page.locator('.monaco-menu .action-item', { hasText: item }).first().click();
  }

  /** The button of a modal question. */
  async answer(button: string): Promise<void> {
    await this.page
      .locator('.monaco-dialog-box')
      .getByRole('button', { name: button, exact: true })
      .click();
  }

  /** The document of the visible page that has something: VS Code's own frame, and the extension's in it. */
  async webview(has: string): Promise<FrameLocator> {
    return this.until(`a page with ${has}`, async () => {
      for (const outer of await this.page.locator('iframe.webview.ready:visible').all()) {
        const inner = outer.contentFrame().locator('#active-frame').contentFrame();
        if (
          (await inner
            .locator(has)
            .count()
            .catch(() => 0)) > 0
        )
          return inner;
      }
      return undefined;
    });
  }

  /** What is to be seen in the active terminal. */
  async terminal(): Promise<string> {
    const rows = await this.page
      .locator('.terminal-wrapper.active .xterm-rows > div')
      .allInnerTexts();
    return rows
      .map((row) => row.replaceAll('\u00a0', ' ').trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** Types into the active terminal. */
  async typeInTerminal(text: string): Promise<void> {
    await this.page.locator('.terminal-wrapper.active .xterm').click();
    await this.page.keyboard.type(text);
    await this.page.keyboard.press('Enter');
  }

  /** Looks until there is something. */
  async until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + 60_000;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`there never was ${what}`);
      await this.page.waitForTimeout(100);
    }
  }

  /** A picture of the window, in a folder that is kept. */
  async picture(name: string): Promise<void> {
    mkdirSync(pictures, { recursive: true });
    // Menus and notifications fade in.
    await this.page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
  }

  async close(): Promise<void> {
    await this.#browser.close();
    const ended = new Promise((done) => this.#server.once('exit', done));
    this.#server.kill();
    await ended;
    rmSync(this.#data, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Requests to elsewhere fail at once: nothing is asked of anybody. */
async function stayHere(context: BrowserContext): Promise<void> {
  await context.route(
    ({ hostname }) => hostname !== '127.0.0.1' && !hostname.endsWith('localhost'),
    (route) => route.abort(),
  );
}
