import type * as vscode from 'vscode';

/** A form that is open. */
interface OpenForm {
  readonly document: vscode.TextDocument;
  /** Shows it, with the cursor in the field of an option. */
  readonly focus: (name: string) => void;
}

/** The configurations that are open as forms. */
export class OpenForms {
  readonly #forms = new Set<OpenForm>();

  /** @returns takes the form out again */
  add(form: OpenForm): { dispose(): void } {
    this.#forms.add(form);
    return { dispose: () => void this.#forms.delete(form) };
  }

  /** The form of a file; `undefined` if none is open. */
  of({ fsPath }: vscode.Uri): OpenForm | undefined {
    return [...this.#forms].find(({ document }) => document.uri.fsPath === fsPath);
  }
}
