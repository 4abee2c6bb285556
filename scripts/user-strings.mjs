// Collects every string that a user can read, from the sources: what `npm run generate` writes to test/fixtures/strings.txt, so that a
// change of wording shows in a diff and all texts can be read in one go.
//
// It takes too much rather than too little: sentences and phrases wherever they stand, and single words where the place says that they
// are shown (a label, a title, an argument of `translate` or `vscode.l10n.t`).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** Folders with texts for users. */
const folders = ['src', 'webview'];

/** Files whose texts are programs for nodes. */
const programs = new Set(['src/node/layout.ts', 'src/providers/ec2/nodes/node-commands.ts']);

/** Properties whose value is shown, even if it is one word. */
const shownProperties = new Set([
  'detail',
  'does',
  'help',
  'hint',
  'label',
  'message',
  'meaning',
  'placeHolder',
  'prompt',
  'summary',
  'text',
  'title',
  'tooltip',
  'unset',
  'words',
]);

/** Functions whose texts are shown, even if they are one word. */
const shownCalls = new Set([
  'advice',
  'callVerb',
  'runProgram',
  'setOption',
  't',
  'translate',
  'vscode.l10n.t',
  'l10n.t',
]);

/**
 * A literal, a template or a sum of such as one text; `undefined` for any other expression.
 *
 * @param {ts.Node} node
 * @returns {string | undefined}
 */
function textOf(node) {
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `{…}${literal.text}`).join('');
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [textOf(node.left), textOf(node.right)];
    return left === undefined && right === undefined
      ? undefined
      : `${left ?? '{…}'}${right ?? '{…}'}`;
  }
  return undefined;
}

/**
 * Whether a text is a phrase of English rather than code: two words with a space between them, and nothing of a program.
 *
 * @param {string} text
 */
function isPhrase(text) {
  return (
    /[A-Za-z}’)"”,:;.] [A-Za-z{“"(]/.test(text) &&
    /[a-z]{2,}/.test(text.replaceAll('{…}', '')) &&
    !/\$\(|&&|\|\||=>|^\s*[<#@-]|^[a-z-]+ --?[a-z]|[^ ];$|=\{…\}|\n.*\n.*\n/.test(text)
  );
}

/**
 * Whether a single word in this place is shown.
 *
 * @param {ts.Node} node
 */
function isShown(node) {
  const { parent } = node;
  if (ts.isPropertyAssignment(parent))
    return parent.initializer === node && shownProperties.has(parent.name.getText());
  if (ts.isCallExpression(parent)) return shownCalls.has(parent.expression.getText());
  return false;
}

/**
 * Texts of a source, in order, each once.
 *
 * @param {string} path
 * @param {string} source
 */
function collect(path, source) {
  const tree = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  /** @type {Set<string>} */
  const texts = new Set();
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    const text = textOf(node);
    if (text !== undefined && (isPhrase(text) || (isShown(node) && /[A-Za-z]/.test(text)))) {
      texts.add(text.replaceAll('\n', String.raw`\n`).trim());
      // What is put into a text may be a text as well, but its own parts aren't.
      ts.forEachChild(node, ts.isStringLiteralLike(node) ? () => undefined : visitInside);
      return;
    }
    ts.forEachChild(node, visit);
  };
  /** @param {ts.Node} node */
  const visitInside = (node) => {
    if (ts.isTemplateSpan(node)) visit(node.expression);
    else if (ts.isBinaryExpression(node)) ts.forEachChild(node, visitInside);
    else if (!ts.isStringLiteralLike(node)) ts.forEachChild(node, visit);
  };
  visit(tree);
  return [...texts];
}

/**
 * All texts of the project by file, as the golden file has them: a line for the file, then a line for each text.
 *
 * @param {string} root
 */
export function userStrings(root) {
  const files = folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(folder, file).replaceAll('\\', '/'),
      ),
    )
    .filter((file) => /\.m?ts$/.test(file) && !file.endsWith('.d.ts') && !programs.has(file))
    .sort();
  const sections = files
    .map(
      (file) =>
        /** @type {const} */ ([file, collect(file, readFileSync(join(root, file), 'utf8'))]),
    )
    .filter(([, texts]) => texts.length > 0);
  /** @type {Record<string, string>} */
  const manifest = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8'));
  sections.unshift(['package.nls.json', [...new Set(Object.values(manifest))]]);
  return `${sections.map(([file, texts]) => [`# ${file}`, ...texts].join('\n')).join('\n\n')}\n`;
}
