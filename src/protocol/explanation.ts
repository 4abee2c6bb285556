import type { Explanation } from '../model/history/explanation.ts';

/** An application’s explanation, as its page shows it. */
export interface ExplanationPage extends Explanation {
  /** Name of the cluster. */
  readonly cluster: string;
  /** When the log was saved, ISO 8601 in UTC; `null` if it is the cluster’s own. */
  readonly savedAt: string | null;
  /** Stages that are left out, as shorter than those that are shown. */
  readonly hiddenStages: number;
  /** Whether there are other applications to choose from. */
  readonly hasOthers: boolean;
}

/** From the extension to the page. */
export interface ExplanationMessage {
  readonly type: 'explanation';
  readonly page: ExplanationPage;
}

/** From the page to the extension. */
export type ExplanationRequest =
  | { readonly type: 'ready' }
  /** To copy a setting. */
  | { readonly type: 'copy'; readonly text: string }
  /** To open a line of a file, which is named as where it ran. */
  | { readonly type: 'open'; readonly file: string; readonly line: number }
  /** To read the log anew, or another application’s. */
  | { readonly type: 'refresh' | 'others' };
