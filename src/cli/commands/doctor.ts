import { formatCount } from '../../text/counts.ts';
import type { Command } from '../command.ts';
import { assumeYes } from '../parsing/common-flags.ts';
import { clusterName } from '../parsing/positionals.ts';
import { type DoctorJson, doctorJson } from '../rendering/json.ts';
import type { Line } from '../rendering/palette.ts';
import { remedyLine } from '../rendering/remedies.ts';

/** `flintrock doctor` */
export const doctorCommand: Command = {
  name: 'doctor',
  description: [
    'Runs diagnostics on a cluster or, without a name, on all clusters and on the AWS account. The exit code is 1 if problems are found.',
  ],
  positionals: [{ ...clusterName, required: false }],
  verb: 'doctor',
  flags: [
    assumeYes,
    {
      name: 'fix',
      help: 'Fix problems: remove incomplete launches and unused security groups after confirmation, and restart failed daemons on this machine',
    },
    {
      name: 'collect',
      metavar: 'FILE',
      help: 'Write logs and events to an archive (.tar.gz) that you can share; secrets are removed',
    },
  ],
  examples: [
    { command: 'flintrock doctor', does: 'Check all clusters' },
    { command: 'flintrock doctor --fix', does: 'Fix the problems that were found' },
    {
      command: 'flintrock doctor demo --collect demo.tar.gz',
      does: 'Collect logs for a bug report',
    },
  ],
  async run({ args: [name], flags, values, session }) {
    const { signal } = session;
    const engine = await session.engine();
    const fix = flags.has('fix');
    const result = await session.watch(name ?? '', 'doctor', () =>
      engine.doctor(name, { values, signal, fix, collect: flags.text('collect') }),
    );
    const { ok, findings, clusters, unchecked, archive } = result;
    const json: DoctorJson = doctorJson(result, session.clusterFlags);
    session.result(json, () => [
      ...findings.flatMap(({ message, remedies, fixed, fixable }): Line[] => [
        [
          fixed ? ['✓ ', 'green'] : ['✗ ', 'red'],
          [message],
          ...(fixed ? [[' Fixed.', 'green'] as const] : []),
        ],
        ...(fixed ? [] : remedies).map((remedy, index): Line => [
          [
            `  ${remedyLine(remedy, session.clusterFlags)}${index === remedies.length - 1 && fixable && !fix ? ' (or: --fix)' : ''}`,
            'dim',
          ],
        ]),
      ]),
      ...(findings.length === 0
        ? [[[`No problems found (${formatCount(clusters, 'cluster')} checked).`]] as Line]
        : []),
      ...(unchecked.length === 0
        ? []
        : [
            [
              [
                `Services not checked, because this machine has not connected to ${unchecked.length === 1 ? 'it' : 'them'} before: ${unchecked.join(', ')}. To check one, run diagnostics with its name.`,
                'dim',
              ],
            ] as Line,
          ]),
      ...(archive === null ? [] : [[[`Logs and events were written to ${archive}.`]] as Line]),
    ]);
    return ok ? 0 : 1;
  },
};
