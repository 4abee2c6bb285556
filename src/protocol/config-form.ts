import type { ProviderKind } from '../model/cluster/cluster.ts';
import type { Plan } from '../model/plan.ts';

/** How a field is edited. */
export type FieldKind = 'choice' | 'checkbox' | 'number' | 'text' | 'lines';

/** What is wrong with a value, or worth knowing. */
export interface FieldProblem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint: string | null;
}

/** A value that can be chosen. */
interface FieldChoice {
  /** As the file has it. */
  readonly value: string;
  readonly label: string;
}

/** An option as a field. */
export interface FormField {
  /** The option's name in the library, such as `numWorkers`. */
  readonly name: string;
  /** Its key in the file. */
  readonly key: string;
  readonly label: string;
  /** One line; empty if the label says it all. */
  readonly help: string;
  /** What one line can't say; may be empty. */
  readonly details: string;
  readonly kind: FieldKind;
  /** Whether values can be looked up in the account. */
  readonly choosable: boolean;
  /** For `choice`: what can be chosen. */
  readonly choices: readonly FieldChoice[];
  /** As written in the file, lists a line each; `null` if the file doesn't say. */
  readonly value: string | null;
  /** What holds if it isn't set; for `checkbox` `yes` or `no`. */
  readonly unset: string;
  readonly problems: readonly FieldProblem[];
}

/** Fields that belong together. */
interface FormGroup {
  readonly title: string;
  readonly fields: readonly FormField[];
}

/** The form of one text. */
export interface FormState {
  /** Name of the file. */
  readonly file: string;
  readonly provider: ProviderKind;
  readonly groups: readonly FormGroup[];
  /** Problems that are of no field. */
  readonly problems: readonly FieldProblem[];
  /** Whether the text can be changed by the form: it is sound YAML. */
  readonly editable: boolean;
  /** Whether nothing in it is an error. */
  readonly ok: boolean;
}

/** What a launch would be now. */
export type FormPlan =
  | { readonly status: 'working' }
  | { readonly status: 'ready'; readonly plan: Plan }
  | { readonly status: 'failed'; readonly message: string; readonly hint: string | null }
  | { readonly status: 'none'; readonly reason: string };

/** From the extension to the page. */
export type FormMessage =
  | { readonly type: 'form'; readonly form: FormState }
  | { readonly type: 'plan'; readonly plan: FormPlan }
  /** Puts the cursor into a field that the form has. */
  | { readonly type: 'focus'; readonly name: string }
  | {
      readonly type: 'refused';
      readonly name: string;
      readonly text: string;
      readonly problem: FieldProblem;
    };

/** From the page to the extension. */
export type FormRequest =
  | { readonly type: 'ready' }
  | { readonly type: 'edit'; readonly name: string; readonly text: string | null }
  | { readonly type: 'choose'; readonly name: string }
  | { readonly type: 'openText' }
  | { readonly type: 'launch' };
