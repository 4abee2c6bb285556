import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type Browser,
  type BrowserContext,
  chromium,
  type FrameLocator,
  type Locator,
  type Page,
} from 'playwright-core';
import { browser as chromiumPath } from './prepare.mjs';
import { startServer } from './server.mjs';

type Server = Awaited<ReturnType<typeof startServer>>;

/** Where pictures go: kept, so that they can be looked at. */
const pictures = process.env['FLINTROCK_PICTURES'] ?? join(tmpdir(), 'flintrock-pictures');

/** How long anything may take: machines that are busy with other things take their time. */
const waitMs = 90_000;

/** What makes a window easy to drive. */
const settings = {
  'workbench.reduceMotion': 'on',
  'terminal.integrated.gpuAcceleration': 'off',
  'files.autoSave': 'off',
  // A click on a view that is open already, as one that was restored before the click, would close it.
  'workbench.activityBar.iconClickBehavior': 'focus',
  'window.autoDetectColorScheme': true,
  'window.autoDetectHighContrast': true,
  'workbench.preferredLightColorTheme': 'Default Light Modern',
  'workbench.preferredDarkColorTheme': 'Default Dark Modern',
  'workbench.preferredHighContrastColorTheme': 'Default High Contrast',
};

/** One theme of each kind: how the system asks for it, and how the window is marked by it. */
const themes = {
  light: { mark: 'vs', media: { colorScheme: 'light', forcedColors: 'none' } },
  contrast: { mark: 'hc-black', media: { colorScheme: 'dark', forcedColors: 'active' } },
  dark: { mark: 'vs-dark', media: { colorScheme: 'dark', forcedColors: 'none' } },
} as const;

/** What a VS Code is started with. */
export interface WorkbenchOptions {
  /** The environment of its extension host and its terminals. */
  readonly env: Readonly<Record<string, string>>;
  /** Files of the folder that is opened, by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Packages of other extensions. */
  readonly helpers?: readonly string[];
  /** Whether VS Code asks if the folder is trusted. */
  readonly asksForTrust?: boolean;
}

/** A real VS Code with the packaged extension, driven by a real browser. */
export class Workbench {
  readonly folder: string;
  readonly page: Page;
  readonly #data: string;
  readonly #server: Server;
  readonly #browser: Browser;
  readonly #others: Workbench[] = [];

  private constructor(data: string, folder: string, server: Server, browser: Browser, page: Page) {
    this.#data = data;
    this.folder = folder;
    this.#server = server;
    this.#browser = browser;
    this.page = page;
  }

  static async open(vsix: string, options: WorkbenchOptions): Promise<Workbench> {
    const data = mkdtempSync(join(tmpdir(), 'flintrock-vscode-'));
    const folder = join(data, 'work');
    mkdirSync(folder);
    for (const [name, text] of Object.entries(options.files ?? {})) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const server = await startServer({
      vsix,
      data,
      helpers: options.helpers ?? [],
      env: options.env,
      settings: { ...settings, ...options.settings },
      asksForTrust: options.asksForTrust === true,
    });
    const browser = await chromium.launch({
      executablePath: chromiumPath,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    });
    const context = await browser.newContext({
      viewport: { width: 1400, height: 900 },
      colorScheme: 'dark',
    });
    await stayHere(context);
    const page = await context.newPage();
    page.setDefaultTimeout(waitMs);
    const workbench = new Workbench(data, folder, server, browser, page);
    await workbench.load();
    return workbench;
  }

  /** Another window of the same VS Code, with an empty folder of its own. */
  async openWindow(folder: string): Promise<Workbench> {
    const path = join(this.#data, folder);
    mkdirSync(path);
    const page = await this.page.context().newPage();
    page.setDefaultTimeout(waitMs);
    const window = new Workbench(this.#data, path, this.#server, this.#browser, page);
    this.#others.push(window);
    await window.load();
    return window;
  }

  /** This window, and those that were opened beside it and are not gone. */
  get windows(): readonly Workbench[] {
    return [this, ...this.#others.filter(({ page }) => !page.isClosed())];
  }

  /** Whether it shows VS Code. */
  async isOpen(): Promise<boolean> {
    return this.page.locator('.monaco-workbench').isVisible();
  }

  /** Closes the window, as a user does: what runs in it ends. It can be loaded again. */
  async leave(): Promise<void> {
    await this.page.goto('about:blank');
  }

  /** Where the extension keeps its launch logs. */
  get launchLogs(): string {
    return join(this.#data, 'user', 'User', 'globalStorage', 'flintrock.flintrock', 'launches');
  }

  /** Opens the folder, or opens it again: as a user who reloads the window. */
  async load(): Promise<void> {
    await this.page.bringToFront();
    await this.page.goto(`${this.#server.url}/?folder=${encodeURIComponent(this.folder)}`);
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
  }

  /** Reloads the window by VS Code's own command, which first saves which editors are open. */
  async reload(): Promise<void> {
    await this.page.evaluate("document.body.setAttribute('data-old', '')");
    await this.run('Developer: Reload Window');
    await this.page.locator('body:not([data-old]) .monaco-workbench .part.statusbar').waitFor();
  }

  /** Runs a command by its words in the palette. */
  async run(label: string): Promise<void> {
    // Out of any page: it would take the focus back when the palette closes, and so close the list that a command shows then.
    const place = this.page.locator('.part.sidebar .composite.title');
    if (await place.isVisible()) await place.click({ position: { x: 20, y: 8 } });
    const input = this.page.locator('.quick-input-widget input[type=text]');
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first();
    // In a window that was opened just now extensions, and so their commands, come a moment later.
    await this.until(`a command "${label}"`, async () => {
      await this.page.keyboard.press('F1');
      try {
        // Something else may take the focus just then, and so close the palette.
        await input.fill(`>${label}`, { timeout: 3_000 });
        await row.click({ timeout: 3_000 });
        return true;
      } catch {
        await this.page.keyboard.press('Escape');
        return undefined;
      }
    });
  }

  /** Takes the item of the list that is asked from: by the keyboard, as a list that has just come still moves. */
  async pick(label: string): Promise<void> {
    const rows = this.page.locator('.quick-input-list .monaco-list-row', { hasText: label });
    const input = this.page.locator('.quick-input-widget input[type=text]');
    await rows.first().waitFor();
    await input.fill(label);
    const focused = rows.and(this.page.locator('.focused')).first();
    await this.enter(this.page.locator('.quick-input-widget'), label, () => focused.isVisible());
  }

  /** Types into the list that is asked from, until an item says something. */
  async search(text: string, says: string): Promise<void> {
    await this.page.locator('.quick-input-widget input[type=text]').fill(text);
    await this.page
      .locator('.quick-input-list .monaco-list-row', { hasText: text })
      .filter({ hasText: says })
      .first()
      .waitFor();
  }

  /** Ticks an item, or takes its tick away, and says OK. */
  async check(label: string): Promise<void> {
    await this.page.locator('.quick-input-widget input[type=text]').fill(label);
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first();
    await row.click();
    await this.page.locator('.quick-input-widget .quick-input-action').getByText('OK').click();
  }

  /** Answers a question for text. */
  async type(title: string, text: string): Promise<void> {
    const widget = this.page.locator('.quick-input-widget', { hasText: title });
    const input = widget.locator('input[type=text]');
    await input.fill(text);
    await this.enter(widget, text, () => Promise.resolve(true));
  }

  /**
   * Presses Enter in a box that has a text, until it has taken it: on a machine that is very busy a box may be there before it hears
   * the key, and something else may take the focus, and so the key. A user presses it again.
   */
  private async enter(widget: Locator, text: string, ready: () => Promise<boolean>): Promise<void> {
    const input = widget.locator('input[type=text]');
    const isTaken = async (): Promise<boolean> =>
      !(await widget.isVisible()) ||
      (await input.inputValue({ timeout: 1_000 }).catch(() => undefined)) !== text;
    await this.until(`that "${text}" is taken`, async () => {
      if (await isTaken()) return true;
      if (!(await ready())) return false;
      await input.press('Enter', { timeout: 3_000 }).catch(() => undefined);
      for (let looks = 0; looks < 50 && !(await isTaken()); looks += 1)
        await this.page.waitForTimeout(100);
      return isTaken();
    });
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

  /** Opens a row. A click on one that is drawn anew in the same moment is lost. */
  async expand(name: string): Promise<void> {
    const row = this.row(name);
    await this.until(`the rows below ${name}`, async () => {
      if ((await row.getAttribute('aria-expanded')) === 'true') return true;
      await row.locator('.monaco-tl-twistie').click();
      const open = row.and(this.page.locator('[aria-expanded=true]'));
      await open.waitFor({ timeout: 5_000 }).catch(() => undefined);
      return undefined;
    });
  }

  /** What stands in a row, when it has come to be like this. */
  async rowSays(name: string, what: RegExp): Promise<void> {
    await this.row(name).locator('.label-description', { hasText: what }).waitFor();
  }

  /** Opens a row's context menu and takes an item, after so many milliseconds. */
  async menu(name: string, item: string, afterMs?: number): Promise<void> {
    await this.takeFromMenu(item, () => this.row(name).click({ button: 'right' }), afterMs);
  }

  /** Drags the tab of an editor onto a row of the tree. */
  async drop(tab: string, name: string): Promise<void> {
    const row = this.row(name);
    await this.page.locator('.tab.active', { hasText: tab }).hover();
    await this.page.mouse.down();
    // A drop counts only where the row has said that it takes one, which it does after the pointer has moved over it.
    const target = row.and(this.page.locator('.drop-target'));
    await this.until(`${name} as a target`, async () => {
      await row.hover({ position: { x: 60, y: 8 } });
      await row.hover({ position: { x: 80, y: 12 } });
      return target.isVisible();
    });
    await this.page.mouse.up();
  }

  /**
   * Takes an item of a menu. One that came just now heeds no click for 100 ms (`runOnceToEnableMouseUp` in VS Code's menu.ts), and one
   * that something else took the place of, such as a view that is drawn anew, is gone without having been clicked.
   */
  async takeFromMenu(item: string, open: () => Promise<void>, afterMs = 200): Promise<void> {
    const entry = this.page.locator('.monaco-menu .action-item', { hasText: item }).first();
    let clicked = false;
    await this.until(`the end of the menu with ${item}`, async () => {
      if (!(await entry.isVisible())) {
        // A click can be done whose end took longer than its limit; a question is in front of everything then.
        if (clicked || (await this.page.locator('.monaco-dialog-box').isVisible())) return true;
        await open();
        await entry.waitFor({ timeout: 3_000 }).catch(() => undefined);
        await this.page.waitForTimeout(afterMs);
      }
      clicked = await entry.click({ timeout: 1_000 }).then(
        () => true,
        () => false,
      );
      await entry.waitFor({ state: 'detached', timeout: 1_000 }).catch(() => undefined);
      return undefined;
    });
  }

  /** What the status bar says of what goes on, by a word of it; not what it says for a moment of what has ended. */
  statusItem(says: string | RegExp): Locator {
    return this.page
      .locator('.statusbar-item[id^="flintrock"]:not([id$=".attachment"], [id$=".jobs"])', {
        hasText: says,
      })
      .first();
  }

  /** What the status bar says of the cluster that the folder is attached to. */
  attachedItem(says: string | RegExp): Locator {
    return this.page.locator('.statusbar-item[id$=".attachment"]', { hasText: says }).first();
  }

  /** Waits until nothing goes on any more, by the status bar. */
  async idle(): Promise<void> {
    await this.statusItem(/./).waitFor({ state: 'detached' });
  }

  /** The button of a modal question. */
  async answer(button: string): Promise<void> {
    await this.page
      .locator('.monaco-dialog-box')
      .getByRole('button', { name: button, exact: true })
      .click();
  }

  /** Closes a modal question, by what it says, with Esc. */
  async escape(says: string): Promise<void> {
    const question = this.page.locator('.monaco-dialog-box', { hasText: says });
    await question.waitFor();
    await this.page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
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

  /** What is to be seen in the active terminal, when it has come to be like this. */
  async terminalSays(what: RegExp): Promise<void> {
    let last = '';
    try {
      await this.until('that text', async () => {
        last = await this.terminal();
        return what.test(last) || undefined;
      });
    } catch (error) {
      throw new Error(`The terminal never said ${String(what)}, but: ${last}`, { cause: error });
    }
  }

  /** Opens a file of the folder. */
  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    await this.page.locator('.quick-input-widget input[type=text]').fill(name);
    await this.pick(name);
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
  }

  /** What the active text editor shows, when it has come to be like this. */
  async editorSays(what: RegExp): Promise<void> {
    let last = '';
    await this.until(`an editor with ${String(what)}`, async () => {
      const lines = await this.page
        .locator('.editor-instance .view-lines .view-line')
        .allInnerTexts();
      last = lines.map((line) => line.replaceAll('\u00a0', ' ')).join('\n');
      return what.test(last) || undefined;
    });
  }

  /** Waits until a file of the folder has a text in it. */
  async fileSays(name: string, text: string): Promise<void> {
    await this.until(`"${text}" in ${name}`, () =>
      Promise.resolve(this.read(name).includes(text) || undefined),
    );
  }

  /** Writes a file of the folder. */
  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Answers a question for a file or folder of this machine. */
  async chooseFile(path: string): Promise<void> {
    const widget = this.page.locator('.quick-input-widget');
    const input = widget.locator('input[type=text]');
    // The list of the folder that it begins with comes late, and takes the place of what was typed.
    await widget.locator('.monaco-list-row').first().waitFor();
    await input.fill(path);
    await this.page.waitForTimeout(500);
    await widget.locator('.quick-input-action, .monaco-button').first().click();
  }

  /** What the extension host says of something: see the helper "probe". */
  async probe<T>(question: string): Promise<T> {
    rmSync(join(this.folder, 'answer.json'), { force: true });
    this.write('question.txt', question);
    await this.run('Probe: Answer');
    await this.until(`an answer to ${question}`, () =>
      Promise.resolve(existsSync(join(this.folder, 'answer.json')) || undefined),
    );
    const { answer, error } = JSON.parse(this.read('answer.json')) as {
      answer: T;
      error?: string;
    };
    if (error !== undefined) throw new Error(error);
    return answer;
  }

  /** The text of a file of the folder. */
  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  /** Types into the active terminal. */
  async typeInTerminal(text: string): Promise<void> {
    await this.page.locator('.terminal-wrapper.active .xterm').click();
    await this.page.keyboard.type(text);
    await this.page.keyboard.press('Enter');
  }

  /** Follows a link in the active terminal: with Ctrl held down, which makes it one, and a click. */
  async clickInTerminal(text: string): Promise<void> {
    const { keyboard, mouse } = this.page;
    const rows = this.page.locator('.terminal-wrapper.active .xterm-rows > div');
    const words = rows.locator('span', { hasText: text }).last();
    const pointer = this.page.locator('.terminal-wrapper.active .xterm-cursor-pointer');
    // The terminal draws its rows anew, so that no element of them is the same for long.
    await this.until(`a link on "${text}"`, async () => {
      const box = await words.boundingBox();
      if (box === null) return undefined;
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      await mouse.move(x, y);
      await keyboard.down('Control');
      await mouse.move(x + 2, y);
      const isLink = await pointer.waitFor({ timeout: 2_000 }).then(
        () => true,
        () => undefined,
      );
      if (isLink) await mouse.click(x + 2, y);
      await keyboard.up('Control');
      return isLink;
    });
  }

  /** Looks until there is something. */
  async until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + waitMs;
    for (;;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (Date.now() > end) throw new Error(`there never was ${what}`);
      await this.page.waitForTimeout(100);
    }
  }

  /** A picture of the window in each kind of theme. */
  async pictures(name: string): Promise<void> {
    for (const kind of ['light', 'contrast', 'dark'] as const) {
      const { mark, media } = themes[kind];
      await this.page.emulateMedia(media);
      await this.page.locator(`.monaco-workbench.${mark}`).waitFor();
      // Pages hear of it after the window.
      await this.page.waitForTimeout(300);
      await this.picture(`${name}-${kind}`);
    }
  }

  /** The page that opens in the browser because of something. */
  async opened(because: () => Promise<void>): Promise<Page> {
    const [page] = await Promise.all([
      this.page.context().waitForEvent('page', { timeout: waitMs }),
      because(),
    ]);
    return page;
  }

  /** Presses a button of a message that is shown, by what it says. */
  async press(message: string | RegExp, button: string): Promise<void> {
    await this.message(message).getByRole('button', { name: button, exact: true }).click();
  }

  /** A message that is shown, by what it says. */
  message(what: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-toast', { hasText: what });
  }

  /**
   * Takes all notifications away. Done when the palette is gone (as it goes it takes the focus, and so closes a menu that opens) and
   * new ones are shown: VS Code shows three in 0.8 s and three at once, and of a fourth, which no user is quick enough for, only a dot
   * on its bell. To be done before a message that may be the fourth in ten seconds.
   */
  async clearMessages(): Promise<void> {
    await this.run('Notifications: Clear All Notifications');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    await this.message(/./).first().waitFor({ state: 'detached' });
    await this.page.waitForTimeout(1_000);
  }

  /** A picture of the window, in a folder that is kept. */
  async picture(name: string): Promise<void> {
    mkdirSync(pictures, { recursive: true });
    // Menus and notifications fade in.
    await this.page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
  }

  /** Films the window while something is done, if pictures for the README are wanted: a frame whenever there is time for one. */
  async film(name: string, what: () => Promise<void>): Promise<void> {
    if (process.env['FLINTROCK_FILM'] === undefined) return what();
    const folder = join(pictures, name);
    mkdirSync(folder, { recursive: true });
    let done = false;
    const filming = (async (): Promise<void> => {
      while (!done) {
        await this.page.screenshot({ path: join(folder, `${Date.now()}.png`) });
        await this.page.waitForTimeout(250);
      }
    })();
    try {
      await what();
      await this.page.waitForTimeout(1_500);
    } finally {
      done = true;
      await filming;
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.stop();
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
