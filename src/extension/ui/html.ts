import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** Which page, and what it is called. */
export interface PageRequest {
  /** Name of the page: of its script and its style. */
  readonly page: 'launch-log' | 'config-form' | 'explanation';
  readonly title: string;
}

/** Text as the value of an attribute, or between tags. */
function attribute(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replaceAll(/[&<>"]/g, (char) => entities[char] ?? char);
}

/** Folder of the pages' files. */
export function pagesFolder(extension: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extension, 'dist', 'webview');
}

/**
 * The document of a page, with the texts in the language of VS Code: nothing in it may load or run but its own script and styles. The toolkit takes the nonce of the `meta`
 * for the styles that it makes.
 */
export function pageHtml(
  webview: vscode.Webview,
  extension: vscode.Uri,
  { page, title }: PageRequest,
): string {
  const nonce = randomBytes(16).toString('hex');
  const file = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(pagesFolder(extension), name)).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `font-src ${webview.cspSource}`,
  ].join('; ');
  return `<!doctype html>
<html lang="${attribute(vscode.env.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${file(`${page}.css`)}">
<title>${attribute(title)}</title>
</head>
<body>
<div id="root" data-texts="${attribute(JSON.stringify(vscode.l10n.bundle ?? {}))}"></div>
<script nonce="${nonce}" src="${file(`${page}.js`)}"></script>
</body>
</html>`;
}
