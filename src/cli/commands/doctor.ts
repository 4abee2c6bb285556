import { remedyLine } from '../rendering/remedies.ts';
import type { Command } from '../command.ts';
import { doctorJson, type DoctorJson } from '../rendering/json.ts';
import { assumeYes } from '../parsing/common-flags.ts';
import { clusterName } from '../parsing/positionals.ts';
import type { Line } from '../rendering/palette.ts';
import { formatCount } from '../../text/counts.ts';

/** `flintrock doctor` */
export const doctorCommand: Command = {
  name: 'doctor',
  description: [
    'Finds out what is wrong with a cluster or, without a name, with all of them and with the account that they are in. The exit code is 1 if something is.',
  ],
  positionals: [{ ...clusterName, required: false }],
  verb: 'doctor',
  flags: [
    assumeYes,
    {
      name: 'fix',
      help: 'Fix it: remove what launches left half-way and groups without a cluster, after asking; start dead daemons of this machine',
    },
    {
      name: 'collect',
      metavar: 'FILE',
      help: 'Write one archive (.tar.gz) of logs and events there, for whoever is to help; secrets are taken out',
    },
  ],
  examples: [
    { command: 'flintrock doctor', does: 'Look at everything' },
    { command: 'flintrock doctor --fix', does: 'Remove what was left behind' },
    { command: 'flintrock doctor demo --collect demo.tar.gz', does: 'Something to send along' },
  ],
  async run({ args: [name], flags, values, session }) {
    const { signal } = session;
    const engine = await session.engine();
    const fix = flags.has('fix');
    if (flags.has('assume-yes')) session.agreed.add('doctor.fix');
    const result = await session.watch(name ?? '', 'doctor', () =>
      engine.doctor(name, { values, signal, fix, collect: flags.text('collect') }),
    );
    const { ok, findings, clusters, unchecked, archive } = result;
    const json: DoctorJson = doctorJson(result);
    session.result(json, () => [
      ...findings.flatMap(({ message, remedies, fixed, fixable }): Line[] => [
        [
          fixed ? ['✓ ', 'green'] : ['✗ ', 'red'],
          [message],
          ...(fixed ? [[' Mended.', 'green'] as const] : []),
        ],
        ...(fixed ? [] : remedies).map((remedy, index): Line => [
          [
            `  ${remedyLine(remedy)}${index === remedies.length - 1 && fixable && !fix ? ' (or: --fix)' : ''}`,
            'dim',
          ],
        ]),
      ]),
      ...(findings.length === 0
        ? [[[`Nothing is wrong: ${formatCount(clusters, 'cluster')} looked at.`]] as Line]
        : []),
      ...(fix && !session.canAsk && findings.some((one) => one.fixable && !one.fixed)
        ? [[['Nothing was deleted. To agree in a script: --assume-yes', 'dim']] as Line]
        : []),
      ...(unchecked.length === 0
        ? []
        : [
            [
              [
                `Not asked, as this machine has not used ${unchecked.length === 1 ? 'it' : 'them'} before: ${unchecked.join(', ')}. Name one to have it asked.`,
                'dim',
              ],
            ] as Line,
          ]),
      ...(archive === null ? [] : [[[`Logs and events are in ${archive}.`]] as Line]),
    ]);
    return ok ? 0 : 1;
  },
};
