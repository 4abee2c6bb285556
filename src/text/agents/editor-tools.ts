import type { AgentToolName } from './tools.ts';

/** The tools that the editor itself offers: they only look, and one of them reads what only the editor has. */
export const editorTools = [
  'list_clusters',
  'describe_cluster',
  'read_launch_log',
] as const satisfies readonly AgentToolName[];

/** What a tool of the editor is called, among those of all its extensions. */
export function editorToolName(tool: (typeof editorTools)[number]): string {
  return `flintrock_${tool}`;
}
