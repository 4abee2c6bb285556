import type { PartialValues } from '../../config/options/options.ts';
import type { FlintrockEngine } from '../../engine/flintrock.ts';
import type { OpenPageResult } from '../../engine/verbs/open-page.ts';
import type { Session } from '../session.ts';
import type { AgentHost } from './agent-host.ts';

/** What the tools of one server share. */
export interface AgentServing {
  readonly session: Session;
  /** Options of all calls. */
  readonly values: PartialValues;
  /** Whether the user has agreed beforehand to what costs money or deletes something. */
  readonly mayChange: boolean;
  /** Web pages that were opened, by cluster and page: they are there as long as the server is. */
  readonly pages: Map<string, OpenPageResult>;
}

/** What a tool works with during one call. */
export interface ToolContext {
  readonly serving: AgentServing;
  readonly engine: FlintrockEngine;
  readonly host: AgentHost;
  readonly signal: AbortSignal;
  /** For each verb of the engine: where to look, who listens, what stops it. */
  readonly options: {
    readonly values: PartialValues;
    readonly signal: AbortSignal;
    readonly host: AgentHost;
  };
}

/** What a tool gives: texts for the agent. */
export type ToolTexts = readonly string[];
