import { shellWord } from '../../base/shell-word.ts';
import { formatMeasuredDuration } from '../../text/durations.ts';
import type { Command } from '../command.ts';
import { assumeYes } from '../parsing/common-flags.ts';
import { clusterName } from '../parsing/positionals.ts';
import type { PythonEnvJson } from '../rendering/json.ts';

/** `flintrock python-env` */
export const pythonEnvCommand: Command = {
  name: 'python-env',
  description: [
    'Creates a Python environment, FOLDER/.venv, that fits a cluster: the Python version that the cluster uses, with the Spark Connect client, pandas and pyarrow. Uses uv if it is installed, otherwise venv and pip. An existing environment of that Python version is completed.',
  ],
  positionals: [
    clusterName,
    {
      name: 'FOLDER',
      help: 'Folder of the environment (default: current folder)',
      required: false,
    },
  ],
  verb: 'pythonEnv',
  flags: [assumeYes],
  examples: [
    { command: 'flintrock python-env demo', does: 'Create .venv in this folder' },
    { command: 'flintrock python-env demo analysis', does: 'Create analysis/.venv' },
  ],
  async run({ args: [name = '', folder], values, session }) {
    const { signal } = session;
    const engine = await session.engine();
    const result = await session.watch(name, 'pythonEnv', () =>
      engine.pythonEnv(name, { values, signal, folder }),
    );
    const json: PythonEnvJson = result;
    session.result(json, () => {
      const { path, created, pythonVersion, requirements, seconds } = result;
      const [client = ''] = requirements;
      const did = `${created ? 'Created' : 'Completed'} ${path}`;
      return [
        [
          [
            `${did} in ${formatMeasuredDuration(seconds)}: Python ${pythonVersion}, ${client.replace('==', ' ')}.`,
          ],
        ],
        [[`To activate it: source ${shellWord(`${path}/bin/activate`)}`, 'dim']],
      ];
    });
    return 0;
  },
};
