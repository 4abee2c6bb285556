import { expect, it, vi } from 'vitest';
import { pageHtml } from '../../../src/extension/ui/html.ts';
import type { Translate } from '../../../src/text/translate.ts';
import { l10n } from '../../helpers/vscode-stand-in.ts';

vi.mock('vscode', () => import('../../helpers/vscode-stand-in.ts'));

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
};

it('a page has the texts of VS Code’s language, whatever is in them', async () => {
  l10n.bundle = { Plan: '<b>"Plán" & {0}</b>' };
  const webview = { asWebviewUri: () => 'file', cspSource: 'self' };
  const html = pageHtml(webview as never, {} as never, { page: 'launch-log', title: '<x>' });
  expect(html).toContain('<title>&lt;x&gt;</title>');
  const [, attribute = ''] = /<div id="root" data-texts="([^"]*)">/.exec(html) ?? [];
  expect(attribute).not.toMatch(/[<>]/);
  const texts = attribute.replaceAll(/&\w+;/g, (entity) => entities[entity] ?? entity);
  // As a browser gives it to the page.
  vi.stubGlobal('document', { getElementById: () => ({ dataset: { texts } }) });
  // Only the pages are checked with the types of a browser.
  const file = new URL('../../../webview/shared/texts.ts', import.meta.url);
  const { t } = (await import(file.href)) as { readonly t: Translate };
  expect(t('Plan', 1)).toBe('<b>"Plán" & 1</b>');
  expect(t('typically {0}', '3 s')).toBe('typically 3 s');
  vi.unstubAllGlobals();
});
