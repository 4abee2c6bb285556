// The texts of the extension, of its pages and of `src/text`, as VS Code's translators take them: `l10n/bundle.l10n.json`. Microsoft's
// own exporter (`@vscode/l10n-dev`) reads neither our tables nor functions that take a `translate`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** Where texts are. */
const sources = ['src/extension.ts', 'src/extension', 'src/text', 'webview'];

/** What translates: `vscode.l10n.t` and the functions that stand for it. */
const translators = new Set(['vscode.l10n.t', 'translate', 'this.#translate', 't']);

/** Files whose other texts are those of the option table, which are handed in. */
const ofTheTable = new Set([
  'src/extension/configuration/config-service.ts',
  'src/extension/configuration/labels.ts',
]);

/**
 * The bundle: every text, by itself.
 *
 * @param {string} root
 * @param {readonly string[]} optionTexts those of the option table
 * @returns {string}
 */
export function exportTexts(root, optionTexts) {
  const found = new Set(optionTexts);
  for (const file of sources.flatMap((source) => filesOf(root, source))) {
    const tree = ts.createSourceFile(
      file,
      readFileSync(join(root, file), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    walk(tree, (node) => {
      if (!ts.isCallExpression(node) || !translators.has(node.expression.getText())) return;
      const [message] = node.arguments;
      const texts = message === undefined ? undefined : textsOf(message);
      if (texts !== undefined && texts.length > 0) texts.forEach((text) => found.add(text));
      else if (!ofTheTable.has(file)) {
        const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
        throw new Error(
          `${file}:${line + 1}: a text to translate must be a literal, or of a table in the same file: ${node.getText()}`,
        );
      }
    });
  }
  const sorted = [...found].sort();
  return `${JSON.stringify(Object.fromEntries(sorted.map((text) => [text, text])), null, 2)}\n`;
}

/**
 * @param {string} root
 * @param {string} path a file or a folder
 * @returns {string[]}
 */
function filesOf(root, path) {
  if (path.endsWith('.ts')) return [path];
  return readdirSync(join(root, path), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(path, file))
    .sort();
}

/**
 * The texts that an expression may be; `undefined` if that can't be seen.
 *
 * @param {ts.Expression} node
 * @returns {string[] | undefined}
 */
function textsOf(node) {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node)) return textsOf(node.expression);
  if (ts.isConditionalExpression(node)) return both(node.whenTrue, node.whenFalse);
  if (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken
  )
    return both(node.left, node.right);
  if (ts.isElementAccessExpression(node) || ts.isPropertyAccessExpression(node))
    return tableTexts(node);
  return ts.isIdentifier(node) ? declaredTexts(node) : undefined;
}

/**
 * @param {ts.Expression} left
 * @param {ts.Expression} right
 */
function both(left, right) {
  const [one, other] = [textsOf(left), textsOf(right)];
  return one === undefined || other === undefined ? undefined : [...one, ...other];
}

/**
 * The texts of a constant: its own, or the element of a table's rows that it is taken from.
 *
 * @param {ts.Identifier} name
 */
function declaredTexts(name) {
  const declaration = declarationOf(name);
  if (declaration === undefined) return undefined;
  if (ts.isVariableDeclaration(declaration))
    return declaration.initializer === undefined ? undefined : textsOf(declaration.initializer);
  const pattern = declaration.parent;
  const { initializer } = /** @type {ts.VariableDeclaration} */ (pattern.parent);
  const index = pattern.elements.indexOf(declaration);
  /** @type {string[]} */
  const texts = [];
  if (initializer !== undefined)
    walk(initializer, (node) => {
      if (!ts.isIdentifier(node)) return;
      const table = declarationOf(node);
      if (table !== undefined && ts.isVariableDeclaration(table))
        walk(table, (row) => {
          const cell = ts.isArrayLiteralExpression(row) ? row.elements[index] : undefined;
          if (cell !== undefined && ts.isStringLiteralLike(cell)) texts.push(cell.text);
        });
    });
  return texts;
}

/**
 * All texts of the table that an access begins at.
 *
 * @param {ts.Expression} access
 */
function tableTexts(access) {
  let base = access;
  while (ts.isElementAccessExpression(base) || ts.isPropertyAccessExpression(base))
    base = base.expression;
  const table = ts.isIdentifier(base) ? declarationOf(base) : undefined;
  if (table === undefined || !ts.isVariableDeclaration(table)) return undefined;
  /** @type {string[]} */
  const texts = [];
  if (table.initializer !== undefined)
    walk(table.initializer, (node) => {
      const isKey = ts.isPropertyAssignment(node.parent) && node.parent.name === node;
      if (ts.isStringLiteralLike(node) && !isKey) texts.push(node.text);
    });
  return texts;
}

/**
 * The nearest declaration of a name around the place where it is used.
 *
 * @param {ts.Identifier} name
 * @returns {ts.VariableDeclaration | ts.ArrayBindingElement & ts.BindingElement | undefined}
 */
function declarationOf(name) {
  /** @type {ts.Node | undefined} */
  let scope = name;
  while ((scope = /** @type {ts.Node | undefined} */ (scope.parent)) !== undefined) {
    if (!ts.isBlock(scope) && !ts.isSourceFile(scope)) continue;
    for (const statement of scope.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      for (const declaration of statement.declarationList.declarations) {
        if (ts.isIdentifier(declaration.name)) {
          if (declaration.name.text === name.text) return declaration;
        } else if (ts.isArrayBindingPattern(declaration.name)) {
          const element = declaration.name.elements.find(
            (one) => ts.isBindingElement(one) && one.name.getText() === name.text,
          );
          if (element !== undefined && ts.isBindingElement(element)) return element;
        }
      }
    }
  }
  return undefined;
}

/**
 * @param {ts.Node} node
 * @param {(node: ts.Node) => void} see
 */
function walk(node, see) {
  see(node);
  ts.forEachChild(node, (child) => walk(child, see));
}
