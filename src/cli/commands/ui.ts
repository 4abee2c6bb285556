import { shellWord } from '../../base/shell-word.ts';
import type { PartialValues } from '../../config/options/options.ts';
import { webPageIds } from '../../model/cluster/web-page.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import type { Command } from '../command.ts';
import { clusterName } from '../parsing/positionals.ts';
import { usageError } from '../parsing/usage-error.ts';
import type { UiJson } from '../rendering/json.ts';
import type { Line } from '../rendering/palette.ts';
import type { Session } from '../session.ts';

/** `flintrock ui` */
export const uiCommand: Command = {
  name: 'ui',
  description: [
    'Prints the URL of a web UI of the cluster for a browser on this machine: the Spark master’s (spark), those of running applications (jobs), or the history server (history), which is started if necessary.',
    'The web UIs of a cluster on EC2 are forwarded over SSH until you press Ctrl-C.',
    'With --saved, no cluster is required: the history server runs on this machine until you press Ctrl-C, and shows the event logs that were saved when clusters were destroyed.',
  ],
  positionals: [
    { ...clusterName, required: false },
    { name: 'PAGE', help: `${webPageIds.join(', ')} (default: spark)`, required: false },
  ],
  verb: 'login',
  flags: [
    {
      name: 'saved',
      help: 'Show the event logs of destroyed clusters, of NAME or of all, in a history server on this machine',
    },
  ],
  examples: [
    { command: 'flintrock ui demo', does: 'Open the Spark master’s web UI' },
    {
      command: 'flintrock ui demo history',
      does: 'Open the history server, which also shows completed applications',
    },
    {
      command: 'flintrock ui --saved demo',
      does: 'Show applications of a cluster that was destroyed',
    },
  ],
  async run({ args: [name, word = 'spark'], flags, values, session }) {
    const { signal } = session;
    if (flags.has('saved')) return showSaved(name, values, session);
    if (name === undefined)
      throw usageError('The name of a cluster is missing', 'ui', 'Use: flintrock ui NAME');
    const page = webPageIds.find((id) => id === word);
    if (page === undefined)
      throw usageError(`Unknown web UI "${word}"`, 'ui', `Use one of: ${webPageIds.join(', ')}`);
    const engine = await session.engine();
    const open = await engine.openPage(name, page, { values, signal });
    try {
      const pages = await open.addresses({ signal });
      const json: UiJson = { pages, lasting: open.lasting };
      session.result(json, (): Line[] =>
        pages.length === 0
          ? [[[`No application is running on "${name}".`]]]
          : pages.map(({ label, address }) => [[`${label}  `], [address, 'bold']]),
      );
      if (open.lasting || pages.length === 0) return 0;
      if (!session.quiet) session.say([['Forwarding until you press Ctrl-C.', 'dim']]);
      await Promise.race([open.closed, interrupted(signal)]);
      if (signal.aborted) return 0;
      throw new ClusterError('SSH_UNREACHABLE', `The connection to "${name}" was lost.`, {
        remedies: advice(`Run it again: flintrock ui ${shellWord(name)} ${page}`),
      });
    } finally {
      await open.close();
    }
  },
};

/** Serves the saved event logs until Ctrl-C. */
async function showSaved(
  name: string | undefined,
  values: PartialValues,
  session: Session,
): Promise<number> {
  const { signal } = session;
  const engine = await session.engine();
  const open = await session.watch(name ?? '', 'login', () =>
    engine.openSavedHistory(name, { values, signal }),
  );
  try {
    const { pages } = open;
    const json: UiJson = { pages, lasting: false };
    session.result(json, (): Line[] =>
      pages.map(({ label, address }) => [[`${label}  `], [address, 'bold']]),
    );
    if (!session.quiet) session.say([['Serving until you press Ctrl-C.', 'dim']]);
    await Promise.race([open.closed, interrupted(signal)]);
    if (signal.aborted) return 0;
    throw new ClusterError('NODE_DIED', 'The history server exited unexpectedly.');
  } finally {
    await open.close();
  }
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
