import type { Command } from '../command.ts';
import { takeOver } from '../parsing/common-flags.ts';
import { clusterName } from '../parsing/positionals.ts';
import { clusterJson, type InstallJson } from '../rendering/json.ts';
import { installedLines } from '../rendering/summary.ts';

/** `flintrock install` */
export const installCommand: Command = {
  name: 'install',
  description: [
    'Installs packages on all nodes of a running cluster, and on workers that are added later. A PACKAGE is GROUP:ARTIFACT:VERSION or the URL of a jar for Spark; for Python, a requirement such as pandas==2.3.3, a requirements file (.txt) or a wheel of this machine (.whl).',
    'Applications that are already running continue without them. If a package can’t be had, nothing is changed.',
  ],
  positionals: [
    clusterName,
    {
      name: 'PACKAGE',
      help: 'Maven coordinates, the URL of a jar, a requirement, or a .txt or .whl file',
      required: true,
      rest: true,
    },
  ],
  verb: 'install',
  flags: [takeOver],
  examples: [
    {
      command: 'flintrock install demo org.postgresql:postgresql:42.7.4',
      does: 'Install a JDBC driver',
    },
    {
      command: 'flintrock install demo pandas==2.3.3 own-1.0-py3-none-any.whl',
      does: 'Install Python packages',
    },
  ],
  async run({ args: [name = '', ...packages], flags, values, session }) {
    const { signal } = session;
    const engine = await session.engine();
    const result = await session.watch(name, 'install', () =>
      engine.install(name, packages, { values, signal, takeOver: flags.has('take-over') }),
    );
    const { changed, cluster, connectRestarted, seconds } = result;
    const json: InstallJson = { changed, cluster: clusterJson(cluster), connectRestarted, seconds };
    session.result(json, () => installedLines(result));
    return 0;
  },
};
