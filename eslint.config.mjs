// Type-aware lint. The promise rules are the reason it is here: a launch with a floating promise leaks machines.
import { defineConfig } from 'eslint/config';
import importSort from 'eslint-plugin-simple-import-sort';
import tseslint from 'typescript-eslint';
import { translatedText } from './scripts/lint/translated-text.mjs';

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'test/fixtures/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { 'import-sort': importSort },
    rules: {
      'import-sort/imports': ['error', { groups: [['^\\u0000', '^node:', '^@?\\w', '^\\.']] }],
      'import-sort/exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'error',
    },
  },
  {
    // The engine runs in pipelines and editors: what it needs of the process comes in as an argument.
    files: ['src/{base,model,text,engine,config,node,ssh,providers}/**'],
    rules: { 'no-restricted-globals': ['error', 'process', 'console'] },
  },
  {
    // Texts of others make links and icons in VS Code: all of them pass one door, which has neither.
    files: ['src/extension/**'],
    ignores: ['src/extension/ui/window.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...[
          // Of a window only what shows no text.
          'MemberExpression[object.property.name="window"][property.name!=/^(activeTextEditor|state|onDid\\w+|register\\w+|showTextDocument)$/]',
          'MemberExpression[object.name="vscode"][property.name="window"][parent.type!="MemberExpression"]',
          'NewExpression[callee.property.name=/^(TreeItem|MarkdownString|TerminalProfile)$/]',
          'ImportDeclaration[source.value="vscode"][importKind="value"] > ImportSpecifier',
        ].map((selector) => ({
          selector,
          message: 'Show it by extension/ui/window.ts, which makes its text plain.',
        })),
      ],
    },
  },
  {
    // Texts for users come in their language. What assistants read is English.
    files: ['src/extension/**', 'webview/**'],
    plugins: { flintrock: { rules: { 'translated-text': translatedText } } },
    rules: { 'flintrock/translated-text': 'error' },
  },
  {
    files: ['src/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'AbortSignal',
          property: 'timeout',
          message: 'Use base/time-limit.ts: Node 20 may collect it before its time is up.',
        },
      ],
    },
  },
  {
    // Plain scripts read JSON whose shape they know.
    files: ['scripts/**', 'bench/**', 'test/lab/*.mjs'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-plus-operands': 'off',
    },
  },
  { files: ['scripts/**', 'bench/**', 'esbuild.mjs', 'test/**'], rules: { 'no-console': 'off' } },
);
