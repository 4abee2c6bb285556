/**
 * Gives a message in the language of the user who reads it. `{0}`, `{1}`, … stand for the arguments. The signature is that of
 * `vscode.l10n.t`, which the extension passes.
 */
export type Translate = (message: string, ...args: (string | number | boolean)[]) => string;

/** Messages as they are written in the source: what the command line speaks. */
export const english: Translate = (message, ...args) =>
  message.replaceAll(/\{(\d+)\}/g, (placeholder, index: string) =>
    String(args[Number(index)] ?? placeholder),
  );
