import * as vscode from 'vscode';
import { toClusterError } from '../../model/errors.ts';
import { editorToolName, type editorTools } from '../../text/agents/editor-tools.ts';
import { formatOutsideText } from '../../text/agents/outside-text.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { EditorHost } from '../engine/editor-host.ts';
import { logEvent } from '../engine/log.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { messageText } from '../ui/plain.ts';

/** What the tools for one cluster take. */
interface NameInput {
  readonly name: string;
}

/**
 * The tools that an assistant may use: they read, and change nothing. What costs money or removes something is for the user to do.
 */
export function registerTools(services: ExtensionServices): vscode.Disposable {
  return vscode.Disposable.from(
    tool<object>(
      'list_clusters',
      () => vscode.l10n.t('Listing Spark clusters'),
      async () => {
        const { clusters, problems } = await services.model.refresh();
        // Of a place that could not be asked it is said what was there before, and that this isn't known to hold.
        return { clusters, problems };
      },
    ),
    tool<NameInput>(
      'describe_cluster',
      ({ name }) => vscode.l10n.t('Describing the cluster "{0}"', name),
      async ({ name }) => {
        const { clusters, problems } = await services.model.refresh();
        const found = clusters.filter((cluster) => cluster.name === name);
        if (found.length === 0) {
          const there = `Clusters: ${clusters.map((one) => one.name).join(', ') || 'none'}.`;
          if (problems.length === 0) return `No cluster named "${name}" exists. ${there}`;
          const unasked = problems.map(({ where, message }) => `${where}: ${message}`).join(' ');
          return `No cluster named "${name}" was found, but some clusters couldn’t be loaded. ${unasked} ${there}`;
        }
        const host = new EditorHost((event) => logEvent(services.log, event));
        return Promise.all(
          found.map(async (cluster) => {
            const { engine, values } = await services.engines.forCluster(refOf(cluster));
            return (await engine.describe(name, { values, host })).clusters;
          }),
        );
      },
    ),
    tool<NameInput>(
      'read_launch_log',
      ({ name }) => vscode.l10n.t('Reading the launch log of "{0}"', name),
      async ({ name }) => {
        const record = await services.launches.latest(name);
        if (record === undefined)
          return `No launch log of "${name}" found. Launch logs: ${(await services.launches.all()).map(({ header }) => header.cluster).join(', ') || 'none'}.`;
        const { header, end, events } = record;
        return { header, end, events };
      },
    ),
  );
}

/** Registers a tool; an error is an answer too, written for the model. */
function tool<Input>(
  name: (typeof editorTools)[number],
  invocation: (input: Input) => string,
  run: (input: Input) => Promise<unknown>,
): vscode.Disposable {
  return vscode.lm.registerTool<Input>(editorToolName(name), {
    prepareInvocation: ({ input }) => ({ invocationMessage: messageText(invocation(input)) }),
    invoke: async ({ input }) => {
      let answer: unknown;
      try {
        answer = await run(input);
      } catch (error) {
        const { code, message, remedies } = toClusterError(error);
        answer = { error: { code, message, remedies } };
      }
      // Names, tags and messages among it are others' text.
      const text = typeof answer === 'string' ? answer : formatOutsideText(answer);
      return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
    },
  });
}
