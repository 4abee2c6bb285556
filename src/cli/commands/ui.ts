import { advice } from '../../model/remedy.ts';
import { ClusterError } from '../../model/errors.ts';
import { webPageIds } from '../../model/cluster/web-page.ts';
import type { Command } from '../command.ts';
import type { UiJson } from '../rendering/json.ts';
import { clusterName } from '../parsing/positionals.ts';
import type { Line } from '../rendering/palette.ts';
import { usageError } from '../parsing/usage-error.ts';
import { shellWord } from '../../base/shell-word.ts';

/** `flintrock ui` */
export const uiCommand: Command = {
  name: 'ui',
  description: [
    'Prints the address at which a browser on this machine finds a web page of the cluster: the Spark master’s, those of the jobs that run (jobs), or of those that ran (history). The history server is started if it doesn’t run.',
    'The pages of a cluster on EC2 come through its SSH connection: the command stays until Ctrl-C closes it.',
  ],
  positionals: [
    clusterName,
    { name: 'PAGE', help: `${webPageIds.join(', ')} (default: spark)`, required: false },
  ],
  verb: 'login',
  flags: [],
  examples: [
    { command: 'flintrock ui demo', does: 'The Spark master’s page' },
    { command: 'flintrock ui demo history', does: 'Jobs that ran, also those that have ended' },
  ],
  async run({ args: [name = '', word = 'spark'], values, session }) {
    const { signal } = session;
    const page = webPageIds.find((id) => id === word);
    if (page === undefined)
      throw usageError(`There is no page "${word}"`, 'ui', `There are: ${webPageIds.join(', ')}`);
    const engine = await session.engine();
    const open = await engine.openPage(name, page, { values, signal });
    try {
      const pages = await open.addresses({ signal });
      const json: UiJson = { pages, lasting: open.lasting };
      session.result(json, (): Line[] =>
        pages.length === 0
          ? [[[`No job runs on "${name}" now.`]]]
          : pages.map(({ label, address }) => [[`${label}  `], [address, 'bold']]),
      );
      if (open.lasting || pages.length === 0) return 0;
      if (!session.quiet) session.say([['Open until Ctrl-C.', 'dim']]);
      await Promise.race([
        open.closed,
        new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
      ]);
      if (signal.aborted) return 0;
      throw new ClusterError('SSH_UNREACHABLE', `The connection to "${name}" was lost.`, {
        remedies: advice(`Open it again: flintrock ui ${shellWord(name)} ${page}`),
      });
    } finally {
      await open.close();
    }
  },
};
