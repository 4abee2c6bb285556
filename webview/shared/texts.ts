import { english, type Translate } from '../../src/text/translate.ts';

/** The texts in the language of VS Code, by the English ones; the extension writes them into the document. */
const texts = JSON.parse(document.getElementById('root')?.dataset['texts'] ?? '{}') as Readonly<
  Record<string, string>
>;

/** The text of a page in the language of VS Code: `vscode.l10n.t`, as pages have it. */
export const t: Translate = (message, ...args) => english(texts[message] ?? message, ...args);
