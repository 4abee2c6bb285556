// A lint rule: text that VS Code or a page shows is translated. Where text is shown, no literal with a word in it may stand alone.

/** Functions that show text in VS Code, and which of their arguments are text. */
const shows = new Map([
  ['showInformation', [0, 1, 2, 3]],
  ['showWarning', [0, 1, 2, 3]],
  ['showError', [0, 1, 2, 3]],
  ['showBriefly', [0]],
  ['showFailure', [0]],
  ['ask', [1, 2, 3]],
  ['pickFound', [2]],
  ['pickStep', [1]],
  ['askCount', [0, 1]],
  ['askSteps', [0]],
  ['askName', [1]],
  ['openPanel', [1]],
  ['command', [0]],
  ['agrees', [1]],
  ['mayStop', [1]],
  ['setText', [1]],
]);

/** Properties that hold text wherever they stand. */
const properties = new Set([
  'text',
  'detail',
  'title',
  'label',
  'description',
  'placeHolder',
  'placeholder',
  'prompt',
  'tooltip',
  'spoken',
  'heading',
  'none',
  'openLabel',
  'reason',
  'doing',
  'aria-label',
]);

/** Names of ours that every language has. */
const names = new Set(['Flintrock', 'VPC']);

/**
 * The bare text in an expression, if it has any.
 *
 * @param {any} node
 * @returns {string | undefined}
 */
function bareText(node) {
  switch (node?.type) {
    case 'Literal':
      return typeof node.value === 'string' ? withWord(node.value) : undefined;
    case 'TemplateLiteral':
      return withWord(node.quasis.map((/** @type {any} */ part) => part.value.cooked).join(' '));
    case 'ConditionalExpression':
      return bareText(node.consequent) ?? bareText(node.alternate);
    case 'LogicalExpression':
    case 'BinaryExpression':
      return bareText(node.left) ?? bareText(node.right);
    case 'ArrayExpression':
      return first(node.elements);
    case 'TSAsExpression':
      return bareText(node.expression);
    default:
      return undefined;
  }
}

/**
 * @param {readonly any[]} nodes
 */
function first(nodes) {
  return nodes.map(bareText).find((text) => text !== undefined);
}

/**
 * @param {string} text
 */
function withWord(text) {
  return /\p{L}{2}/u.test(text) && !names.has(text) ? text : undefined;
}

/** @type {import('eslint').Rule.RuleModule} */
export const translatedText = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { bare: '"{{text}}" is shown as it is: translate it, by vscode.l10n.t or t().' },
  },
  create(context) {
    const check = (/** @type {any} */ node) => {
      const text = bareText(node);
      if (text !== undefined) context.report({ node, messageId: 'bare', data: { text } });
    };
    return {
      CallExpression(/** @type {any} */ node) {
        const name = node.callee.type === 'Identifier' ? node.callee.name : '';
        for (const index of shows.get(name) ?? []) check(node.arguments[index]);
        // Children of an element of a page.
        if (name === 'element') node.arguments.slice(2).forEach(check);
        if (node.callee.property?.name === 'append') node.arguments.forEach(check);
        if (node.callee.object?.name === 'terminal') check(node.arguments[0]);
      },
      VariableDeclarator(/** @type {any} */ node) {
        if (properties.has(node.id.name)) check(node.init);
      },
      Property(/** @type {any} */ node) {
        const name = node.key.name ?? node.key.value;
        // A type of text that is declared, and not given, has no value here.
        if (properties.has(name)) check(node.value);
      },
    };
  },
};
